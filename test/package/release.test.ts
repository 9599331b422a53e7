import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../src/package/root.js';
import { version } from '../../src/package/version.js';

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');

describe('the changelog', () => {
  const sections = read('CHANGELOG.md').split(/^## /m).slice(1);
  const headings = sections.map((section) => section.split('\n')[0]);

  it('begins with what is unreleased, and has the version of the package with its date below', () => {
    expect(headings[0]).toBe('[Unreleased]');
    expect(headings[1]).toMatch(
      new RegExp(`^\\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`),
    );
  });

  it('uses the kinds of changes of Keep a Changelog', () => {
    const kinds = sections.flatMap((section) =>
      [...section.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind),
    );
    expect(kinds.length).toBeGreaterThan(0);
    const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
    expect(kinds.filter((kind) => !known.includes(kind ?? ''))).toEqual([]);
  });
});

describe('package.json', () => {
  const {
    version: _,
    description,
    keywords,
    dependencies,
    devDependencies,
    scripts,
    ...rest
  } = JSON.parse(read('package.json')) as Record<string, Readonly<Record<string, string>>>;

  it('says who can use the package, with which commands, modules and files', () => {
    expect(rest).toEqual({
      name: 'gateway-observability',
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '^20.19.0 || ^22.13.0 || >=24.0.0' },
      bin: {
        'gateway-observability': 'dist/src/cli/main.js',
        'pending-writes-exporter': 'dist/pending-writes-exporter.cjs',
      },
      exports: {
        '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
        './pulumi': { types: './dist/src/pulumi/index.d.ts', default: './dist/src/pulumi/index.js' },
        './package.json': './package.json',
      },
      files: [
        'dist',
        'generated',
        'runbooks',
        'docs/*.md',
        'docs/search/*.json',
        'docs/ordinary-week.json',
        'ci-examples',
        '.lint',
        '.pint.hcl',
        'deploy',
        '!deploy/*.ts',
        '!deploy/*.cjs',
        'CHANGELOG.md',
        'UPGRADING.md',
      ],
      peerDependencies: { '@pulumi/pulumi': '^3.200.0', '@pulumiverse/grafana': '^2.40.0' },
      peerDependenciesMeta: {
        '@pulumi/pulumi': { optional: true },
        '@pulumiverse/grafana': { optional: true },
      },
    });
  });

  it('builds all that is packed, and runs each suite', () => {
    expect(scripts).toMatchObject({
      prepack: 'npm run build',
      build:
        'rm -rf dist && tsc -p tsconfig.build.json && tsx deploy/build-package.ts && chmod +x dist/src/cli/main.js && npm run build:exporter && npm run build:page',
      'build:exporter': 'tsx deploy/build-exporter.ts dist/pending-writes-exporter.cjs',
      'build:page': 'tsx deploy/page.ts dist/page',
      test: 'tsx test/run.ts',
      'test:quick': 'vitest run --project quick',
      'test:full': 'vitest run --project full',
      'test:nightly':
        'npm run test:exporter:property && npm run test:exporter:soak && npm run mutate && npm run mutate:code -- --all --fresh && vitest run --project nightly && npm run search:current',
    });
  });
});

describe('a workflow', () => {
  const folder = '.github/workflows';
  const workflows = readdirSync(join(packageRoot, folder)).map((name) => read(`${folder}/${name}`));

  it('uses actions by their commit, with the version in a comment', () => {
    const uses = workflows.flatMap((text) => text.split('\n').filter((line) => /\buses:/.test(line)));
    expect(uses.length).toBeGreaterThan(0);
    expect(
      uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} {2}# v\d+\.\d+\.\d+$/.test(line)),
    ).toEqual([]);
  });

  it('tests on each version of Node.js that the package supports', () => {
    const { jobs } = parse(read(`${folder}/ci.yml`)) as {
      jobs: { quick: { strategy: { matrix: { node: string[] } } } };
    };
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const supported = engines.node.split(' || ').map((range) => /\d+/.exec(range)?.[0]);
    expect(jobs.quick.strategy.matrix.node.map((node) => node.split('.')[0])).toEqual(supported);
  });

  it('runs only scripts of the package', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = workflows.flatMap((text) =>
      [...text.matchAll(/npm run ([a-z][\w:]*)/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(`${name}` in scripts))).toEqual([]);
  });
});

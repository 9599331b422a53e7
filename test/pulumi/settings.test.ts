import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { ArtifactError, readArtifacts } from '../../src/pulumi/artifacts.js';
import { formerAliases } from '../../src/pulumi/former-names.js';
import { argsOf, artifactsFolder, SettingsError } from '../../src/pulumi/settings.js';
import { MANIFEST } from '../../src/renderers/manifest.js';
import { SITE_SETTINGS } from '../../src/renderers/site-settings.js';
import { writeFiles } from '../../src/renderers/write.js';

const args = (settings: Readonly<Record<string, string>>) =>
  argsOf((key) => settings[key], Object.keys(settings));

describe('the stack’s configuration', () => {
  it('becomes the component’s arguments', () => {
    expect(args({})).toStrictEqual({ folder: {} });
    expect(
      args({
        folderTitle: 'Edge',
        keepFolder: 'true',
        existingFolder: 'false',
        dashboards: '["gateway-relay"]',
        alertRules: 'true',
        contactPoint: 'on-call',
        severities: '["critical"]',
        webhookUrl: 'not read here: it is a secret',
      }),
    ).toEqual({
      folder: { title: 'Edge', keepOnDestroy: true, existing: false },
      dashboards: ['gateway-relay'],
      alertRules: true,
      notifications: { contactPoint: 'on-call', severities: ['critical'] },
    });
  });

  it.each([
    [
      'an unknown key',
      { alertRule: 'true' },
      'alertRule: unknown key; expected one of artifacts, folderTitle,',
    ],
    ['a word for yes', { alertRules: 'yes' }, 'alertRules: found "yes", expected true or false'],
    [
      'an impossible uid',
      { folderUid: 'my folder' },
      'folderUid: found "my folder", expected at most 40 letters',
    ],
    [
      'a uid instead of a list',
      { dashboards: 'gateway-relay' },
      'dashboards: found "gateway-relay", expected a list of uids',
    ],
    [
      'an unknown severity',
      { severities: '["page"]' },
      'severities.0: found "page", expected critical, warning or info',
    ],
    ['an empty title', { folderTitle: '' }, 'folderTitle: found "", expected a title'],
    [
      'another wish for the policies',
      { notificationPolicies: 'true' },
      'notificationPolicies: found "true", expected the words "replace the whole tree"',
    ],
  ])('is refused with the key and what is expected: %s', (_, settings, says) => {
    expect(() => args(settings)).toThrow(`gateway-observability:${says}`);
  });
});

describe('a setting of the stack', () => {
  const refusals = (settings: Readonly<Record<string, string>>): string[] => {
    try {
      args(settings);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      return (error as Error).message.split('\n');
    }
    return [];
  };

  it('of every name becomes one argument of the component', () => {
    expect(
      args({
        artifacts: 'site/generated',
        folderTitle: 'Edge',
        folderUid: 'edge_1-A',
        parentFolderUid: 'parent',
        existingFolder: 'true',
        keepFolder: 'false',
        dashboards: '["gateway-relay","gateway-overview"]',
        message: 'release 1.2',
        alertRules: 'false',
        contactPoint: 'on-call',
        emails: '["a@example.org"]',
        severities: '["critical","warning","info"]',
        notificationPolicies: 'replace the whole tree',
      }),
    ).toStrictEqual({
      artifacts: 'site/generated',
      folder: { title: 'Edge', uid: 'edge_1-A', parentUid: 'parent', existing: true, keepOnDestroy: false },
      dashboards: ['gateway-relay', 'gateway-overview'],
      message: 'release 1.2',
      alertRules: false,
      notifications: {
        contactPoint: 'on-call',
        emails: ['a@example.org'],
        severities: ['critical', 'warning', 'info'],
      },
      notificationPolicies: 'replace the whole tree',
    });
  });

  it('that only makes sense with a contact point is left out without one', () => {
    expect(args({ emails: '["a@example.org"]' })).toStrictEqual({ folder: {} });
    expect(args({ contactPoint: 'x' })).toStrictEqual({ folder: {}, notifications: { contactPoint: 'x' } });
  });

  it('that is the address of a webhook needs the name of its contact point, or nothing would be sent there', () => {
    const webhookUrl = 'https://hooks.example.org/T0KEN';
    expect(refusals({ webhookUrl })).toEqual([
      'gateway-observability:webhookUrl: found no gateway-observability:contactPoint, expected its name',
    ]);
    expect(refusals({ webhookUrl, contactPoint: 'x' })).toEqual([]);
  });

  it.each([
    ['artifacts', 'a folder'],
    ['folderTitle', 'a title'],
    ['parentFolderUid', 'a uid'],
    ['message', 'a text'],
    ['contactPoint', 'the name of a contact point'],
  ])('may be any text but an empty one: %s', (key, expected) => {
    expect(refusals({ [key]: '' })).toEqual([`gateway-observability:${key}: found "", expected ${expected}`]);
    // A text is never read as JSON.
    expect(refusals({ [key]: 'true' })).toEqual([]);
  });

  it.each([
    ['existingFolder', ['yes', '1', '"true"', '[]'], 'true or false'],
    ['keepFolder', ['no', 'null'], 'true or false'],
    ['alertRules', ['on'], 'true or false'],
    ['dashboards', ['gateway-relay', '{}', '"a"'], 'a list of uids'],
    ['emails', ['a@example.org', '1'], 'a list of addresses'],
    ['severities', ['critical', '"critical"'], 'a list of critical, warning and info'],
  ])('has its type: %s', (key, values, expected) => {
    for (const value of values) {
      let found: unknown = value;
      try {
        found = JSON.parse(value);
      } catch {
        // It stays a text.
      }
      expect(refusals({ [key]: value })).toEqual([
        `gateway-observability:${key}: found ${JSON.stringify(found)}, expected ${expected}`,
      ]);
    }
  });

  it.each([
    ['dashboards', '["a", 1]', '1: found 1, expected a uid'],
    ['dashboards', '[""]', '0: found "", expected a uid'],
    ['emails', '[2]', '0: found 2, expected an address'],
    ['emails', '[""]', '0: found "", expected an address'],
    ['severities', '["info", "none"]', '1: found "none", expected critical, warning or info'],
  ])('that is a list names the part that is wrong: %s %s', (key, value, message) => {
    expect(refusals({ [key]: value })).toEqual([`gateway-observability:${key}.${message}`]);
  });

  it('that is the uid of a folder has at most 40 letters, digits, - and _', () => {
    expect(refusals({ folderUid: 'a'.repeat(40) })).toEqual([]);
    expect(refusals({ folderUid: '' })[0]).toBe('gateway-observability:folderUid: found "", expected a uid');
    for (const uid of ['a'.repeat(41), 'a b', 'ä', 'a/', '/a', 'a.b'])
      expect(refusals({ folderUid: uid })).toEqual([
        `gateway-observability:folderUid: found "${uid}", expected at most 40 letters, digits, - and _`,
      ]);
  });

  it('that does not exist is named with those that do, and with all other problems', () => {
    expect(refusals({ alertRule: 'true', keepFolder: 'x', message: '' })).toEqual([
      'gateway-observability:alertRule: unknown key; expected one of artifacts, folderTitle, folderUid, parentFolderUid, existingFolder, keepFolder, dashboards, message, alertRules, contactPoint, emails, severities, notificationPolicies, webhookUrl',
      'gateway-observability:keepFolder: found "x", expected true or false',
      'gateway-observability:message: found "", expected a text',
    ]);
  });
});

describe('an error that stops the program', () => {
  it('has no stack, which Pulumi would format for seconds without showing it', () => {
    const thrown = () => args({ alertRule: 'true' });
    expect(thrown).toThrow(SettingsError);
    expect(thrown).toThrow(expect.objectContaining({ stack: '' }));
    expect(new ArtifactError('stale').stack).toBe('');
  });
});

describe('Pulumi.example.yaml', () => {
  it('has every key of the stack’s configuration, with a value that is taken', () => {
    const text = readFileSync(join(packageRoot, 'Pulumi.example.yaml'), 'utf8');
    const { config } = parse(text.replace(/^( {2})# (gateway-observability:\w+: )/gm, '$1$2')) as {
      config: Readonly<Record<string, string>>;
    };
    expect(config).toEqual({
      'grafana:url': 'https://grafana.example.org',
      'gateway-observability:artifacts': 'build',
      'gateway-observability:folderTitle': 'Gateway',
      'gateway-observability:folderUid': 'gateway-observability',
      'gateway-observability:parentFolderUid': 'observability',
      'gateway-observability:existingFolder': 'true',
      'gateway-observability:keepFolder': 'true',
      'gateway-observability:dashboards': '["gateway-overview", "gateway-relay"]',
      'gateway-observability:message': 'release 1.2',
      'gateway-observability:alertRules': 'true',
      'gateway-observability:contactPoint': 'on-call',
      'gateway-observability:severities': '["critical", "warning"]',
      'gateway-observability:emails': '["on-call@example.org"]',
      'gateway-observability:notificationPolicies': 'replace the whole tree',
    });
    const { 'grafana:url': _, ...ours } = config;
    const settings = Object.entries(ours).map(([key, value]) => [key.split(':')[1], value]);
    expect(args(Object.fromEntries(settings))).toMatchObject({ artifacts: 'build', alertRules: true });
    expect(text).toContain('pulumi config set --secret gateway-observability:webhookUrl <url>');
    expect(text).toContain('pulumi config set --secret grafana:auth <token>');
  });
});

describe('Pulumi.yaml', () => {
  it('says this and nothing else', () => {
    expect(parse(readFileSync(join(packageRoot, 'Pulumi.yaml'), 'utf8'))).toEqual({
      name: 'gateway-observability',
      description: "Grafana folder, dashboards and, on request, alert rules for a gateway's pending writes.",
      runtime: { name: 'nodejs', options: { typescript: false, nodeargs: '--import=tsx' } },
      main: 'src/pulumi/program.ts',
      options: { refresh: 'always' },
    });
  });

  it('has every command read what is in Grafana first, or manual edits stay unnoticed', () => {
    const { options } = parse(readFileSync(join(packageRoot, 'Pulumi.yaml'), 'utf8')) as {
      options?: { refresh?: string };
    };
    expect(options?.refresh).toBe('always');
  });

  it('says nothing of another namespace that has no value: the command refuses the whole file then', () => {
    const { config = {} } = parse(readFileSync(join(packageRoot, 'Pulumi.yaml'), 'utf8')) as {
      config?: Readonly<Record<string, unknown>>;
    };
    const foreign = Object.entries(config).filter(
      ([key]) => key.includes(':') && !key.startsWith('gateway-observability:'),
    );
    for (const [key, setting] of foreign) expect(setting, key).toHaveProperty('value');
  });
});

describe('generated files', () => {
  const files = temporaryFolder('artifacts');
  afterAll(() => files.remove());
  const copy = (name: string) => {
    const folder = join(files.path, name);
    cpSync(join(packageRoot, 'generated'), folder, { recursive: true });
    return folder;
  };

  /** Why the files of a folder are not deployed. */
  const refusal = (folder: string): string => {
    try {
      readArtifacts(folder);
    } catch (error) {
      expect(error).toBeInstanceOf(ArtifactError);
      return (error as Error).message;
    }
    return 'none';
  };

  it('are read when they are as generated', () => {
    const { dashboards, ruleGroups } = readArtifacts(join(packageRoot, 'generated'));
    expect(dashboards.map(({ uid }) => uid)).toContain('gateway-relay');
    expect(ruleGroups?.flatMap(({ rules }) => rules).length).toBeGreaterThan(25);
  });

  it('are refused when one is gone', () => {
    const folder = copy('gone');
    rmSync(join(folder, 'prometheus'), { recursive: true });
    rmSync(join(folder, 'grafana/dashboards'), { recursive: true });
    const refused = refusal(folder);
    expect(refused).toMatch(
      /; grafana\/dashboards\/gateway-relay\.json: cannot be read \(ENOENT\), expected as generated; /,
    );
    expect(refused).toMatch(/; prometheus\/[a-z.-]+: cannot be read \(ENOENT\), expected as generated; /);
    expect(refused).not.toContain('was not generated');
  });

  it('are refused when a dashboard was added that nobody generated', () => {
    const folder = copy('added');
    writeFileSync(join(folder, 'grafana/dashboards/mine.json'), '{}');
    rmSync(join(folder, 'prometheus/gateway.alerts.yaml'));
    expect(refusal(folder)).toContain('; grafana/dashboards/mine.json: was not generated: run `');
  });

  it('are refused when they were generated from other definitions, as by an older version', () => {
    const folder = copy('stale');
    const own = definitions();
    const older = {
      ...own,
      alerts: own.alerts.map(({ rules, ...group }) => ({
        ...group,
        rules: rules.map((rule) => ({ ...rule, summary: `Formerly: ${rule.summary}` })),
      })),
    };
    const config = parseConfig({});
    writeFiles(folder, artifactsOf(buildBundle(config, older)));
    expect(() => readArtifacts(folder)).toThrow(
      /grafana\/alerting\/alert-rules\.json: stale: not generated from the definitions of this version/,
    );
    // Those who deploy definitions of their own name them.
    expect(readArtifacts(folder, older).dashboards.length).toBeGreaterThan(3);
  });

  it('are refused when this version no longer generates one', () => {
    const folder = join(files.path, 'more');
    const all = artifactsOf(buildBundle(parseConfig({}), definitions()));
    writeFiles(folder, [...all, { path: 'grafana/dashboards/old.json', content: '{}\n' }]);
    expect(() => readArtifacts(folder)).toThrow(
      'grafana/dashboards/old.json: stale: no longer generated by this version',
    );
  });

  it('are refused when the settings in the folder were edited, or are not valid', () => {
    const folder = copy('settings');
    const file = join(folder, SITE_SETTINGS);
    writeFileSync(file, 'thresholds: { pendingWrites: { criticalAfter: 30h } }\n');
    expect(() => readArtifacts(folder)).toThrow(`${SITE_SETTINGS}: was changed after it was generated`);
    writeFileSync(file, 'thresholds: { pendingWrites: { criticalAfter: soon } }\n');
    expect(() => readArtifacts(folder)).toThrow(
      /thresholds\.pendingWrites\.criticalAfter: .*run `npm run generate`/,
    );
  });

  it('are taken beside files that have nothing to do with the deployment', () => {
    const folder = copy('beside');
    for (const name of ['.gitkeep', '.DS_Store', 'gateway-relay.json~', 'README.md'])
      writeFileSync(join(folder, 'grafana/dashboards', name), '');
    writeFileSync(join(folder, 'prometheus/mine.yaml'), 'groups: []\n');
    expect(readArtifacts(folder).dashboards.length).toBeGreaterThan(3);
  });

  it('of a site are taken, whatever it configures', () => {
    const folder = join(files.path, 'site');
    mkdirSync(folder);
    const config = parseConfig({
      thresholds: { pendingWrites: { criticalAfter: '30h' } },
      evaluationInterval: '15s',
      grafanaProvisioning: { alertRules: 'off' },
    });
    writeFiles(folder, artifactsOf(buildBundle(config, definitions())));
    const { dashboards, ruleGroups } = readArtifacts(folder);
    expect(dashboards.length).toBeGreaterThan(3);
    // Grafana evaluates only at multiples of 10 s.
    expect(ruleGroups).toBeUndefined();
  });

  it('are refused without a manifest, and with something else in its place', () => {
    const folder = copy('manifest');
    writeFileSync(join(folder, MANIFEST), '{"files": {"a": "b"}}');
    expect(refusal(folder)).toMatch(/manifest[^:]*: line 1: found "\{.*: run `npm run generate`/);
    rmSync(join(folder, MANIFEST));
    expect(refusal(folder)).toMatch(
      /manifest[^:]*: cannot be read \(ENOENT\), expected the manifest of generated files: run `[^;]*$/,
    );
  });
});

describe('the folder of the generated files', () => {
  const files = temporaryFolder('pulumi-root');
  afterAll(() => files.remove());
  const root = join(files.path, 'project');
  mkdirSync(root);

  it('is the setting, relative to the project’s folder and not to the working directory', () => {
    expect(process.cwd()).not.toBe(root);
    expect(artifactsFolder('build', root)).toBe(join(root, 'build'));
    expect(artifactsFolder('../site/build', root)).toBe(join(files.path, 'site/build'));
    // It exists below the working directory, and not below the project's folder.
    expect(artifactsFolder('generated', root)).toBe(join(root, 'generated'));
    expect(artifactsFolder('/srv/site/build', root)).toBe('/srv/site/build');
  });

  it('is without the setting that of the project, if it has one', () => {
    const other = join(files.path, 'other');
    expect(artifactsFolder(undefined, other)).toBeUndefined();
    mkdirSync(join(other, 'generated'), { recursive: true });
    expect(artifactsFolder(undefined, other)).toBe(join(other, 'generated'));
    expect(artifactsFolder(undefined, root)).toBeUndefined();
  });
});

describe('former names', () => {
  it('are none for what was never renamed, and all of them otherwise', () => {
    expect(formerAliases('edge', 'gateway-overview')).toEqual([]);
    expect(formerAliases('edge', 'new', { new: ['old', 'older'] })).toEqual([
      { name: 'edge-old' },
      { name: 'edge-older' },
    ]);
  });
});

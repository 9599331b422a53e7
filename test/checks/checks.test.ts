import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metrics } from '../../metrics/index.js';
import { checks } from '../../src/checks/index.js';
import { root } from '../cli/command.js';
import {
  ALERT,
  alertOf,
  bundle,
  PANEL,
  panelOf,
  problems,
  problemsOf,
  RULE,
  recordOf,
} from './bundle-fixture.js';

/** Files of src/checks that hold no check. */
const NO_CHECKS = ['check', 'index'];

const namesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();

describe('the checks', () => {
  const files = namesIn('src/checks', '.ts').filter((name) => !NO_CHECKS.includes(name));

  it('are one a file, named by its id, and all of them are run', () => {
    expect(checks.map(({ id }) => id).sort()).toEqual(files);
  });

  it('have a test each, named by its id, that tests this one', () => {
    expect(namesIn('test/checks', '.test.ts').filter((name) => name !== 'checks')).toEqual(files);
    for (const file of files) {
      const text = readFileSync(join(root, 'test/checks', `${file}.test.ts`), 'utf8');
      expect(text).toContain(`describeCheck('${file}', {`);
    }
  });

  it('say what they prove in a sentence', () => {
    for (const { proves } of checks) expect(proves).toMatch(/^[A-Z].+\.$/);
  });

  it('find nothing wrong with a bundle without fault', () => {
    expect(problems({})).toEqual([]);
    expect(bundle().broken).toEqual([]);
  });

  it('leave an expression that cannot be read to promql-syntax', () => {
    const parts = {
      ...recordOf('gateway_pending_writes >'),
      ...alertOf('relay:gateway_pending_writes:max >'),
    };
    expect(problems({ ...parts, ...panelOf('(relay:gateway_pending_writes:max') })).toEqual(
      [RULE, ALERT, `${PANEL} query A`].map(
        (where) => `${where}: unexpected end of the expression: correct the PromQL`,
      ),
    );
  });

  it('leave series that nothing is known of to known-metrics', () => {
    const unknown = '{__name__=~"unknown_.*", relay="a"}';
    const found = problems({
      ...recordOf(`max by (relay) (rate(${unknown}[5m]) + rate(unknown_metric[5m]))`),
      ...panelOf(`rate(${unknown}[$__rate_interval]) + relay:gateway_pending_writes:max`),
    });
    const remedy = 'use a definition from metrics/ or recording-rules/ instead of spelling the name';
    const all = 'reads all of {__name__=~"unknown_.*"}, of which nothing can be checked';
    expect(found).toEqual([
      `${RULE}: ${all}: ${remedy}`,
      `${RULE}: reads unknown_metric, which is neither defined in metrics/ nor recorded: ${remedy}`,
      `${PANEL} query A: ${all}: ${remedy}`,
    ]);
  });

  it('can be run alone', () => {
    expect(problemsOf('alert-links', { runbooks: [], panels: [] })).toHaveLength(2);
    expect(() => problemsOf('no-such-check', {})).toThrow('there is no check no-such-check');
  });
});

describe('metric names', () => {
  it('are spelt in metrics/ only', () => {
    const spelt = ['alerts', 'recording-rules', 'dashboards'].flatMap((folder) =>
      (readdirSync(join(root, folder), { recursive: true }) as string[]).flatMap((file) => {
        if (!file.endsWith('.ts')) return [];
        const path = join(folder, file);
        // Sentences for people may name a metric, and names of recorded series contain one by convention.
        const text = readFileSync(join(root, path), 'utf8').replace(/'[^'\n]*'|\/\/.*|\w+:\w+:\w+/g, '');
        return (
          metrics
            // `up` is a word of English as well.
            .filter(
              ({ name }) => name !== 'up' && new RegExp(`\\b${name}(?:_bucket|_sum|_count)?\\b`).test(text),
            )
            .map(({ name }) => `${path}: ${name}`)
        );
      }),
    );
    expect(spelt).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { detection, rulesHash, searchRun, textsHash } from '../../src/simulator/detection.js';

const named = (name: string) => detection().scenarios.find((scenario) => scenario.name === name);

describe('the detection of faults', () => {
  it('has the times that scenarios require', () => {
    const scenario = named('a job fails a moment before Prometheus is down for twenty minutes');
    expect(scenario).toEqual({
      name: 'a job fails a moment before Prometheus is down for twenty minutes',
      description:
        'The job of relay 1 fails, and Prometheus misses the next twenty minutes. The relay is found stuck after the gap as it would have been without it.',
      ...{ duration: '2h', relays: 3, alerts: [] },
      requires: [
        { alerts: ['GatewayPendingWritesStuck'], relays: 1, detectableFrom: '22m', by: '50m', delay: '28m' },
      ],
      allows: ['GatewayPushesNotIngested', 'WorkerQueuePendingTooLong'],
    });
  });

  it('has the alerts that scenarios expect, with the site that they are for', () => {
    const { alerts, ...days } = named('no worker comes back for days') ?? {};
    expect(days).toMatchObject({ duration: '26h', relays: 2 });
    expect(Object.keys(days)).toEqual(['name', 'description', 'duration', 'relays']);
    expect(alerts?.slice(2, 6)).toEqual([
      {
        alerts: ['PendingWritesExporterDown'],
        relays: undefined,
        detectableFrom: undefined,
        by: '25m30s',
        delay: undefined,
      },
      {
        alerts: ['GatewayPendingWritesWaiting'],
        relays: 1,
        detectableFrom: undefined,
        by: '1h12m30s',
        delay: undefined,
      },
      {
        alerts: ['GatewayReplicaMainPath'],
        relays: 1,
        detectableFrom: undefined,
        by: '4h20m',
        delay: undefined,
      },
      {
        alerts: ['GatewayPendingWritesOld'],
        relays: 1,
        detectableFrom: '16h11m30s',
        by: '16h12m30s',
        delay: '1m',
      },
    ]);
    const on = named('the gateway restarts while writes are pending, where workers are always on');
    expect(on?.site).toBe('{"workers":{"alwaysOn":true}}');
    expect(on?.requires?.[0]?.relays).toBe(2);
  });

  it('names only alerts among those that are allowed', () => {
    const allowed = detection().scenarios.flatMap(({ allows = [] }) => allows);
    expect(allowed.filter((alert) => !/^[A-Z]\w+$/.test(String(alert)))).toEqual([]);
  });

  it('is of the rules, whose expressions and texts change its hashes', () => {
    const rules = renderedGroups(buildBundle(parseConfig({}), { ...definitions(), dashboards: [] })).flatMap(
      (group) => group.rules.map(({ rule }) => rule),
    );
    const hash = (value: unknown) =>
      createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
    expect(rulesHash()).toBe(hash(rules.map((rule) => ({ ...rule, annotations: undefined }))));
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    expect(textsHash()).toBe(
      hash(alerts.map(({ alert, annotations }) => [alert, annotations?.summary, annotations?.description])),
    );
  });

  it('has what the search has found', () => {
    const folder = join(packageRoot, 'docs', 'search');
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const signals = readdirSync(folder).filter((name) => name !== 'run.json' && name.endsWith('.json'));
    expect(detection().search).toEqual(signals.sort().map(read));
    expect([detection().run, searchRun()]).toEqual([read('run.json'), read('run.json')]);
    expect(detection().rules).toMatch(/^[0-9a-f]{16}$/);
    expect(textsHash()).toMatch(/^[0-9a-f]{16}$/);
    expect(textsHash()).not.toBe(detection().rules);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inhibitions } from '../../alerts/inhibitions.js';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { InhibitionDefinition } from '../../src/model/inhibition.js';
import { SEVERITIES, SIGNALS } from '../../src/model/severity.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import {
  InhibitionError,
  type InhibitRule,
  inhibitRules,
} from '../../src/renderers/alertmanager/inhibit-rules.js';
import { type AlertLabels, alertLabels } from './alert-labels.js';
import { silences } from './matchers.js';
import { amtool } from './running-alertmanager.js';

const bundleOf = (config: ConfigInput = {}) => buildBundle(parseConfig(config), definitions());
const example = (bundle: Bundle) => renderAlertmanagerExample(bundle)[0]?.content ?? '';
const rulesOf = (bundle: Bundle) => bundle.alertGroups.flatMap((group) => group.rules);
const everyName = definitions().alerts.flatMap((group) => group.rules.map(({ alert }) => alert));

const SITES: readonly (readonly [name: string, config: ConfigInput])[] = [
  ['the defaults', {}],
  ['a site with a grouping label', { groupBy: ['cluster'] }],
  [
    'a site with two grouping labels and slow rules',
    { groupBy: ['cluster', 'zone'], evaluationInterval: '2m' },
  ],
];

describe('the generated example', () => {
  let folder: TemporaryFolder;
  let file: string;
  beforeAll(() => {
    folder = temporaryFolder('alertmanager-example');
    file = join(folder.path, 'alertmanager.yml');
    writeFileSync(file, example(bundleOf()));
  });
  afterAll(() => folder.remove());

  it.each(SITES)('is accepted by amtool for %s', async (name, config) => {
    const checked = join(folder.path, `${SITES.findIndex(([site]) => site === name)}.yml`);
    writeFileSync(checked, example(bundleOf(config)));
    expect(await amtool('check-config', checked)).toContain('SUCCESS');
  });

  it('is refused by amtool when a matcher is broken, so that acceptance means something', async () => {
    const broken = join(folder.path, 'broken.yml');
    writeFileSync(broken, example(bundleOf()).replace('severity="critical"', 'severity=~"("'));
    await expect(amtool('check-config', broken)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('FAILED'),
    });
  });

  const expected = (severity: string, signal: string) => {
    if (severity === 'critical') return 'gateway-pager';
    if (severity === 'info') return 'gateway-chat';
    return signal === 'worker-queue' || signal === 'exporter' ? 'worker-tickets' : 'gateway-tickets';
  };
  it.each(SEVERITIES.flatMap((severity) => SIGNALS.map((signal) => [severity, signal] as const)))(
    'routes %s of %s to its receiver',
    async (severity, signal) => {
      expect(
        await amtool(
          'config',
          'routes',
          'test',
          `--config.file=${file}`,
          `severity=${severity}`,
          `signal=${signal}`,
        ),
      ).toBe(expected(severity, signal));
    },
  );

  it.each([
    ['of an unknown severity', ['severity=page', 'signal=gateway']],
    ['of an unknown signal', ['severity=critical', 'signal=else']],
    ['without labels', ['alertname=Anything']],
  ])('makes a ticket of an alert %s', async (_, labels) => {
    expect(await amtool('config', 'routes', 'test', `--config.file=${file}`, ...labels)).toBe(
      'gateway-tickets',
    );
  });

  it('groups by the site and never by relay', () => {
    const { route } = parse(example(bundleOf({ groupBy: ['cluster', 'zone'] }))) as {
      route: { group_by: string[]; routes: { group_by?: string[] }[] };
    };
    expect(route.group_by).toEqual(['alertname', 'cluster', 'zone']);
    expect(route.routes.filter(({ group_by }) => group_by !== undefined)).toEqual([]);
  });

  it('waits for longer than an evaluation interval, whatever the site sets', () => {
    const wait = (config: ConfigInput) =>
      (parse(example(bundleOf(config))) as { route: { group_wait: string } }).route.group_wait;
    expect(wait({})).toBe('45s');
    expect(wait({ evaluationInterval: '2m' })).toBe('2m15s');
  });

  it('says why above every route, inhibition and setting of the grouping', () => {
    const lines = example(bundleOf({ groupBy: ['cluster'] })).split('\n');
    const explained = /^ {2,4}(?:- (?:source_)?matchers:|group_\w+:|repeat_interval:)/;
    const starts = lines.flatMap((line, i) => (explained.test(line) ? [i] : []));
    expect(starts.length).toBeGreaterThan(15);
    expect(starts.filter((i) => !/^\s*# \S/.test(lines[i - 1] ?? '')).map((i) => lines[i])).toEqual([]);
  });

  it('is the same text for the same bundle, without anchors', () => {
    const text = example(bundleOf({ groupBy: ['cluster'] }));
    expect(example(bundleOf({ groupBy: ['cluster'] }))).toBe(text);
    expect(text).not.toMatch(/[&*]a\d/);
  });
});

/** Every pair of alerts, about the same relay of the same site, of which the first silences the second. */
function silencedPairs(bundle: Bundle, rules: readonly InhibitRule[]): [source: string, target: string][] {
  const fire = (alert: string, instance: string) => {
    const definition = rulesOf(bundle).find((r) => r.alert === alert)?.definition;
    const values: AlertLabels = {
      cluster: 'a',
      zone: 'z',
      relay: 'r',
      instance,
      job: instance,
      result: 'x',
      window: 'w',
    };
    const names = [
      ...(definition?.withoutSiteLabels === true ? [] : bundle.config.groupBy),
      ...(definition?.labels ?? []),
    ];
    return alertLabels(bundle, alert, Object.fromEntries(names.map((name) => [name, values[name] ?? 'v'])));
  };
  const alerts = rulesOf(bundle).map(({ alert }) => ({
    alert,
    source: fire(alert, 'one'),
    target: fire(alert, 'two'),
  }));
  return alerts.flatMap(({ alert, source }) =>
    alerts
      .filter((other) => other.alert !== alert && rules.some((rule) => silences(rule, source, other.target)))
      .map((other): [string, string] => [alert, other.alert]),
  );
}

describe('what silences what', () => {
  it.each(SITES)('names only alerts of the bundle, and no rule is without effect, for %s', (_, config) => {
    const bundle = bundleOf(config);
    const rules = inhibitRules(bundle).map(({ rule }) => rule);
    const named = rules
      .flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers])
      .flatMap((matcher) => /^alertname=~?"(.*)"$/.exec(matcher)?.[1]?.split('|') ?? []);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !everyName.includes(name))).toEqual([]);
    // The second form of a rule on an alert without site labels is for labels that Prometheus adds when it sends.
    const external = rules.filter(
      (rule) => rule.equal !== undefined && rule.source_matchers.includes('alertname="GatewayMissing"'),
    );
    expect(external).toHaveLength(bundle.config.groupBy.length > 0 ? 2 : 0);
    for (const rule of rules.filter((r) => !external.includes(r))) {
      expect([rule, silencedPairs(bundle, [rule]).length > 0]).toEqual([rule, true]);
    }
  });

  it('never silences an alert by one of lower severity, nor two alerts by each other, whatever a site sets', () => {
    const severities = fc.dictionary(fc.constantFrom(...everyName), fc.constantFrom(...SEVERITIES), {
      maxKeys: 12,
    });
    fc.assert(
      fc.property(severities, fc.constantFrom<string[]>([], ['cluster']), (chosen, groupBy) => {
        const alerts = Object.fromEntries(
          Object.entries(chosen).map(([name, severity]) => [name, { severity }]),
        );
        const bundle = bundleOf({ groupBy, alerts });
        const severityOf = new Map(
          rulesOf(bundle).map((rule) => [rule.alert, SEVERITIES.indexOf(rule.severity)]),
        );
        const pairs = silencedPairs(
          bundle,
          inhibitRules(bundle).map(({ rule }) => rule),
        );
        for (const [source, target] of pairs) {
          expect(severityOf.get(source), `${source} silences ${target}`).toBeLessThanOrEqual(
            severityOf.get(target) ?? -1,
          );
        }
        // With no way back there is always an alert left that notifies.
        const left = new Map(
          pairs.map(([source]) => [source, pairs.filter((p) => p[0] === source).map((p) => p[1])]),
        );
        const seen = new Set<string>();
        const walk = (alert: string, path: readonly string[]) => {
          expect(path, `${[...path, alert].join(' silences ')}`).not.toContain(alert);
          if (seen.has(alert)) return;
          for (const next of left.get(alert) ?? []) walk(next, [...path, alert]);
          seen.add(alert);
        };
        for (const alert of left.keys()) walk(alert, []);
      }),
      { numRuns: 40, seed: 6 },
    );
  });

  it('lets the highest step of the ladder silence the others also where a site makes tickets of all', () => {
    const bundle = bundleOf({ alerts: { GatewayPendingWritesOverdue: { severity: 'warning' } } });
    const pairs = silencedPairs(
      bundle,
      inhibitRules(bundle).map(({ rule }) => rule),
    );
    expect(pairs.filter(([source]) => source === 'GatewayPendingWritesOverdue')).toEqual([
      ['GatewayPendingWritesOverdue', 'GatewayPendingWritesWaiting'],
      ['GatewayPendingWritesOverdue', 'GatewayPendingWritesOld'],
    ]);
  });

  it('leaves out an alert that the site disabled, and a rule that has nothing left', () => {
    const disabled = 'this site does without it';
    const bundle = bundleOf({
      alerts: { GatewayPendingWritesOld: { disabled }, GatewayReplicaMainPath: { disabled } },
    });
    const text = example(bundle);
    expect(text).not.toMatch(/GatewayPendingWritesOld\b/);
    expect(text).not.toContain('GatewayReplicaMainPath');
    expect(text).toContain('- alertname="GatewayPendingWritesWaiting"');
    expect(example(bundleOf())).toMatch(/GatewayPendingWritesOld\b[\s\S]*GatewayReplicaMainPathTooLong/);
  });

  const fault = (changes: Partial<InhibitionDefinition>) => () =>
    inhibitRules(
      buildBundle(parseConfig({}), {
        ...definitions(),
        inhibitions: [
          {
            reason: 'Because.',
            source: { alerts: ['GatewayDown'] },
            target: { alerts: ['GatewayPushWaitHigh'] },
            equal: [],
            ...changes,
          },
        ],
      }),
    );

  it('refuses the name of an alert that does not exist, and suggests the one that was meant', () => {
    expect(fault({ target: { alerts: ['GatewayPushesFalling'] } })).toThrow(
      new InhibitionError(
        'alerts/inhibitions.ts: "Because.": target: found "GatewayPushesFalling", expected the name of an alert, did you mean "GatewayPushesFailing"?',
      ),
    );
    expect(fault({ source: { alerts: ['GatewayDwn'] } })).toThrow('source: found "GatewayDwn"');
    expect(fault({})).not.toThrow();
  });

  it('refuses a bundle in which an alert was renamed', () => {
    const all = definitions();
    const alerts = all.alerts.map((group) => ({
      ...group,
      rules: group.rules.map((rule) =>
        rule.alert === 'GatewayDown' ? { ...rule, alert: 'GatewayGone' } : rule,
      ),
    }));
    const renamed = buildBundle(parseConfig({}), { ...all, alerts });
    expect(() => renderAlertmanagerExample(renamed)).toThrow(
      'source: found "GatewayDown", expected the name of an alert',
    );
  });

  it('refuses to compare a label that one side lacks, since two alerts without it would count as equal', () => {
    expect(fault({ equal: ['relay'] })).toThrow('source: GatewayDown does not carry relay');
  });

  it('refuses a side that selects everything', () => {
    expect(fault({ target: {} })).toThrow('target: found nothing, expected alerts, severities or signals');
  });

  it('has a reason for each inhibition', () => {
    expect(inhibitions.filter(({ reason }) => !/^[A-Z].{20,}\.$/.test(reason))).toEqual([]);
  });
});

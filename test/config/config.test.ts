import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { checkBundle } from '../../src/checks/index.js';
import { ConfigError } from '../../src/config/error.js';
import { loadConfig } from '../../src/config/file.js';
import { parseConfig } from '../../src/config/load.js';
import { schema } from '../../src/config/schema.js';
import { packageRoot } from '../../src/package/root.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { gatewayObservability } from '../cli/command.js';

const messages = (input: unknown): string[] => {
  try {
    buildBundle(parseConfig(input, 'site.yaml'), definitions(), 'site.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
};

const CASES = join(packageRoot, 'test/fixtures/review/14-config');

describe('the configuration of a site', () => {
  it.each([
    ['label-template', 'labels.owner: ', 'this one has an unmatched {{ or }}'],
    ['regex-class-range', 'jobs.gateway: ', 'invalid escape sequence'],
    ['regex-named-group', 'jobs.gateway: ', 'which Prometheus 2 cannot read; write (?P<…>)'],
    ['regex-repeat', 'jobs.gateway: ', 'invalid repeat count'],
  ])('is refused with the reason where Prometheus would refuse the rules: %s', (name, field, reason) => {
    expect(() => loadConfig(join(CASES, `${name}.yaml`))).toThrow(field);
    expect(() => loadConfig(join(CASES, `${name}.yaml`))).toThrow(reason);
  });

  it('may have merge keys', () => {
    const { alerts } = loadConfig(join(CASES, 'merge-key.yaml'));
    expect(alerts.GatewayMissing).toMatchObject({ for: '4m', keepFiringFor: '6m' });
  });
});

const WRONG: readonly (readonly [fault: string, input: unknown, says: string])[] = [
  [
    'an unknown key',
    { thresholds: { pendingWrites: { warnAfter: '1h' } } },
    'thresholds.pendingWrites.warnAfter: unknown key, did you mean "warningAfter"?; expected one of infoAfter, warningAfter, criticalAfter, stuckAfter, carryFor, unpushedAfter',
  ],
  [
    'a misspelt key at the top',
    { treshholds: {} },
    'treshholds: unknown key, did you mean "thresholds"?; expected one of jobs, groupBy, externalLabels, scrapeInterval, evaluationInterval, rateWindow, datasource, links, commands, contacts, labels, escrow, watchdog, workers, thresholds, alerts, targets, folder, kubernetes, grafanaProvisioning, mimir',
  ],
  [
    'a warning after the page',
    { thresholds: { pendingWrites: { warningAfter: '30h' } } },
    'thresholds.pendingWrites.warningAfter: found 30h, expected less than thresholds.pendingWrites.criticalAfter (24h): the warning must come before the critical alert',
  ],
  [
    'information after the warning',
    { thresholds: { replicaFallback: { infoAfter: '20h' } } },
    'thresholds.replicaFallback.infoAfter: found 20h, expected less than thresholds.replicaFallback.warningAfter (16h): info must come before the warning',
  ],
  [
    'a threshold above the top bucket',
    { thresholds: { pushWait: { slowSeconds: 900 } } },
    'thresholds.pushWait.slowSeconds: found 900, which is not below the top bucket of 600; expected a bucket bound of gateway_pending_write_push_wait_seconds: 5, 15, 30, 60, 120, 300',
  ],
  [
    'a threshold between two buckets',
    { thresholds: { pushWait: { slowSeconds: 100 } } },
    'thresholds.pushWait.slowSeconds: found 100; expected a bucket bound of gateway_pending_write_push_wait_seconds: 5, 15, 30, 60, 120, 300',
  ],
  [
    'a range under four scrapes',
    { rateWindow: '1m' },
    'rateWindow: found 1m, expected at least 120s: a range must contain at least four scrapes, or one missed scrape makes it empty',
  ],
  [
    'a scrape interval that makes the usual range too short',
    { scrapeInterval: '2m' },
    'rateWindow: found 5m, expected at least 480s: a range must contain at least four scrapes, or one missed scrape makes it empty',
  ],
  [
    'a wait shorter than the back-off of pushes',
    { thresholds: { pendingWrites: { stuckAfter: '5m' } } },
    'thresholds.pendingWrites.stuckAfter: found 5m, expected at least 450s: pushes are up to 6 minutes apart, and a push for an earlier write must have left the window',
  ],
  [
    'an expiry warning longer than a lease',
    { thresholds: { leaseExpiry: { expiringWithin: '10m' } } },
    'thresholds.leaseExpiry.expiringWithin: found 10m, expected less than thresholds.leaseExpiry.leaseDuration (10m): otherwise every lease counts as about to expire from its first second',
  ],
  [
    'a number for a duration',
    { scrapeInterval: 30 },
    'scrapeInterval: found 30, expected a duration such as 30s, 5m or 1h30m',
  ],
  [
    'a duration without a unit',
    { rateWindow: '5' },
    'rateWindow: found "5", expected a Prometheus duration such as 30s, 5m or 1h30m',
  ],
  [
    'units out of order',
    { rateWindow: '30s5m' },
    'rateWindow: found "30s5m", expected a Prometheus duration such as 30s, 5m or 1h30m',
  ],
  [
    'a duration of nothing',
    { scrapeInterval: '0s' },
    'scrapeInterval: found "0s", expected a duration above 0s',
  ],
  [
    'a share above one',
    { thresholds: { pushWait: { failedShare: 50 } } },
    'thresholds.pushWait.failedShare: found 50, expected a number from 0 to 1',
  ],
  [
    'text for a number',
    { thresholds: { objective: { target: '99%' } } },
    'thresholds.objective.target: found "99%", expected a number from 0.5 to 0.9999',
  ],
  [
    'text for a flag',
    { workers: { alwaysOn: 'yes' } },
    'workers.alwaysOn: found "yes", expected true or false',
  ],
  [
    'text for the other flag of workers',
    { workers: { exporterRunsWithWorker: 'sidecar' } },
    'workers.exporterRunsWithWorker: found "sidecar", expected true or false',
  ],
  ['a word for escrow', { escrow: 'disabled' }, 'escrow: found "disabled", expected on or off'],
  ['a number for escrow', { escrow: 0 }, 'escrow: found 0, expected on or off'],
  [
    'an unknown severity',
    { alerts: { GatewayDown: { severity: 'page' } } },
    'alerts.GatewayDown.severity: found "page", expected one of critical, warning, info',
  ],
  [
    'an alert disabled without a reason',
    { alerts: { GatewayDown: { disabled: true } } },
    'alerts.GatewayDown.disabled: found true, expected the reason why the alert is disabled',
  ],
  [
    'an alert disabled with a shrug',
    { alerts: { GatewayDown: { disabled: 'noisy' } } },
    'alerts.GatewayDown.disabled: found "noisy", expected a reason of at least 10 characters',
  ],
  [
    'an unknown setting of an alert',
    { alerts: { GatewayDown: { fro: '5m' } } },
    'alerts.GatewayDown.fro: unknown key, did you mean "for"?; expected one of severity, for, keepFiringFor, labels, annotations, disabled',
  ],
  [
    'a malformed wait',
    { alerts: { GatewayDown: { for: 'five minutes' } } },
    'alerts.GatewayDown.for: found "five minutes", expected a Prometheus duration such as 30s, 5m or 1h30m',
  ],
  [
    'a reserved grouping label',
    { groupBy: ['relay'] },
    'groupBy.0: found "relay", which the rules use themselves; expected another label',
  ],
  [
    'a grouping label that is no label',
    { groupBy: ['data-centre'] },
    'groupBy.0: found "data-centre", expected a Prometheus label name: letters, digits and _, no digit first',
  ],
  [
    'a grouping label twice',
    { groupBy: ['cluster', 'cluster'] },
    'groupBy: found ["cluster","cluster"], expected every label once',
  ],
  [
    'a fixed value for a grouping label',
    { groupBy: ['cluster'], labels: { cluster: 'x' } },
    'labels.cluster: is also in groupBy; a fixed value would hide the measured one',
  ],
  [
    'an extra label that the rules own',
    { labels: { severity: 'x' } },
    'labels.severity: found "severity", which the rules use themselves; expected another label',
  ],
  [
    'a link that is no URL',
    { links: { dashboards: 'grafana.example' } },
    'links.dashboards: found "grafana.example", expected an http or https URL without ? and #',
  ],
  [
    'a job that is no regular expression',
    { jobs: { gateway: '(' } },
    'jobs.gateway: found "(", expected another regular expression: this one is not valid: missing closing ): `(`',
  ],
  [
    'an empty job',
    { jobs: { gateway: '' } },
    'jobs.gateway: found "", expected a regular expression that selects the targets',
  ],
  [
    'a link with a query, which paths cannot follow',
    { links: { runbooks: 'https://wiki.example/?page=' } },
    'links.runbooks: found "https://wiki.example/?page=", expected an http or https URL without ? and #',
  ],
  [
    'a job that Prometheus cannot read',
    { jobs: { gateway: 'gateway(?!-test)' } },
    'jobs.gateway: found "gateway(?!-test)", expected another regular expression: this one uses lookahead or lookbehind, which Prometheus does not support',
  ],
  [
    'two jobs that are one',
    { jobs: { gateway: 'gateway', exporter: 'gateway' } },
    'jobs.exporter: found "gateway", which selects targets of jobs.gateway ("gateway") as well; expected another job',
  ],
  [
    'a job whose pattern selects the other one',
    { jobs: { gateway: '.+' } },
    'jobs.exporter: found "pending-writes-exporter", which selects targets of jobs.gateway (".+") as well; expected another job',
  ],
  [
    'a grouping label that a metric has itself',
    { groupBy: ['cluster', 'reason'] },
    'groupBy.1: found "reason", which is a label of gateway_escrow_lease_lag_seconds itself; expected a label that every target has',
  ],
  [
    'a grouping label that Prometheus drops',
    { groupBy: ['__cluster'] },
    'groupBy.0: found "__cluster", expected a label that Prometheus keeps: none that begins with __',
  ],
  ['text for a list', { groupBy: 'cluster' }, 'groupBy: found "cluster", expected a list of label names'],
  ['a number for the value of a label', { labels: { team: 7 } }, 'labels.team: found 7, expected a text'],
  [
    'no number where one is wanted',
    { thresholds: { objective: { target: Number.NaN } } },
    'thresholds.objective.target: found NaN, expected a number from 0.5 to 0.9999',
  ],
  [
    'an interval in parts of a second',
    { scrapeInterval: '500ms' },
    'scrapeInterval: found "500ms", expected whole seconds',
  ],
  [
    'a window longer than Prometheus can hold',
    { rateWindow: '300y' },
    'rateWindow: found "300y", expected at most 1y',
  ],
  [
    'an interval at which series go stale between samples',
    { evaluationInterval: '5m' },
    'evaluationInterval: found 5m, expected less than 5m: Prometheus does not look further back for the last sample',
  ],
  [
    'an empty uid',
    { datasource: { uid: '' } },
    'datasource.uid: found "", expected the uid of a Grafana data source',
  ],
  [
    'nothing where an alert has settings',
    { alerts: { GatewayDown: null } },
    'alerts.GatewayDown: found null, expected a mapping of keys',
  ],
  [
    'a comparison of two jobs after one scrape',
    { thresholds: { workerQueue: { disagreeAfter: '45s' } } },
    'thresholds.workerQueue.disagreeAfter: found 45s, expected at least 60s: two jobs are never scraped at the same time',
  ],
  ['a list instead of keys', { thresholds: [] }, 'thresholds: found [], expected a mapping of keys'],
];

describe('a wrong configuration', () => {
  it.each(WRONG)('is refused with the field, what was found and what is expected: %s', (_, input, says) => {
    expect(messages(input)).toContain(`site.yaml: ${says}`);
  });

  it('gets a message of its own for every fault', () => {
    expect(new Set(WRONG.map(([, , says]) => says)).size).toBe(WRONG.length);
  });

  it.each([
    [
      'an alert that does not exist',
      { alerts: { GatewayDwon: { severity: 'info' as const } } },
      'alerts.GatewayDwon: no alert has this name, did you mean "GatewayDown"?',
    ],
    [
      'a label that hides what an alert measures',
      { labels: { result: 'none' } },
      'labels.result: is a label that the expression of GatewayEscrowUnlocksFailing returns; a fixed value would hide it',
    ],
    [
      'a label of one alert that hides the site’s own',
      { groupBy: ['cluster'], alerts: { GatewayDown: { labels: { cluster: 'x' } } } },
      'alerts.GatewayDown.labels.cluster: is a label that the expression of GatewayDown returns; a fixed value would hide it',
    ],
  ])('is refused with the definitions at hand: %s', (_, input, says) => {
    const build = () => buildBundle(parseConfig(input), definitions(), 'site.yaml');
    expect(build).toThrow(ConfigError);
    expect(build).toThrow(`site.yaml: ${says}`);
  });

  it('names all its faults at once', () => {
    expect(messages({ rateWindow: 'x', workers: { alwaysOn: 1 }, jbos: {} })).toHaveLength(3);
  });
});

describe('from the command line', () => {
  const { path: folder, remove } = temporaryFolder('gateway-config');
  afterAll(remove);

  it.each([
    ['an unknown key', stringify({ treshholds: {} }), 'treshholds: unknown key'],
    [
      'settings for an alert that does not exist',
      stringify({ alerts: { GatewayDwon: { severity: 'info' } } }),
      'alerts.GatewayDwon: no alert has this name, did you mean "GatewayDown"?',
    ],
    ['text that is no YAML', 'jobs: {gateway: a\n  b: [', '(file): line'],
    ['a list', '- a\n', '(file): found ["a"], expected a mapping of keys'],
  ])('%s ends with 2, one message and nothing written', async (_, text, says) => {
    const config = join(folder, 'site.yaml');
    await writeFile(config, text);
    const out = join(folder, 'out');
    const result = await gatewayObservability(['generate', '--config', config, '--out', out]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(`${config}: ${says}`);
    expect(existsSync(out)).toBe(false);
  });

  it('check finds neither problems nor changes in the folder that none was written to', async () => {
    const drifts = await gatewayObservability(['check', '--json', '--out', join(folder, 'out')]);
    expect(JSON.parse(drifts.stdout)).toMatchObject({ problems: [] });
    expect(drifts.stdout).not.toContain('changed');
  });

  it('a file that is not there ends with 2 and its name', async () => {
    const result = await gatewayObservability(['check', '--config', join(folder, 'none.yaml')]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('none.yaml: (file): cannot be read (ENOENT), expected a YAML file');
  });
});

describe('the configuration', () => {
  const ofFile = async (text: string): Promise<string> => {
    const folder = temporaryFolder('gateway-config');
    const file = join(folder.path, 'site.yaml');
    try {
      await writeFile(file, text);
      loadConfig(file);
      return 'no error';
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.message.replaceAll(file, 'site.yaml');
    } finally {
      folder.remove();
    }
  };

  it.each([
    [
      'a key twice',
      'rateWindow: 5m\nrateWindow: 6m\n',
      'line 2, column 1: found Map keys must be unique, expected valid YAML of one document',
    ],
    [
      'a key twice, further down',
      `${'# the jobs\n'.repeat(10)}jobs: { gateway: a, gateway: b }\n`,
      'line 11, column 21: found Map keys must be unique, expected valid YAML of one document',
    ],
    [
      'a list without an end',
      'groupBy: [cluster\n',
      'line 2, column 1: found Flow sequence in block collection must be sufficiently indented and end with a ], expected valid YAML of one document',
    ],
    [
      'an indentation with a tab',
      'jobs:\n\tgateway: x\n',
      'line 2, column 1: found Tabs are not allowed as indentation, expected valid YAML of one document',
    ],
    [
      'two documents',
      'rateWindow: 5m\n---\nrateWindow: 6m\n',
      'line 2, column 1: found a second document, expected valid YAML of one document',
    ],
    [
      'a tag that nobody resolves',
      'datasource:\n  uid: !secret grafana\n',
      'line 2, column 8: found Unresolved tag: !secret, expected valid YAML of one document',
    ],
    [
      'an alias without its anchor',
      'jobs: *nobody\n',
      'found Unresolved alias (the anchor must be set before the alias): nobody, expected valid YAML',
    ],
    [
      'aliases that multiply',
      `a: &a [${'x,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [*c,*c]\n`,
      'found Excessive alias count indicates a resource exhaustion attack, expected valid YAML',
    ],
    ['no YAML mapping', 'just a text\n', 'found "just a text", expected a mapping of keys'],
  ])('cannot be a file with %s', async (_, text, says) => {
    expect(await ofFile(text)).toBe(`site.yaml: (file): ${says}`);
  });

  it.each([
    ['JSON', '{"rateWindow": "6m"}'],
    ['a mark of the byte order', '\uFEFFrateWindow: 6m\n'],
    ['anchors', 'rateWindow: &six 6m\nthresholds: { workerQueue: { disagreeAfter: *six } }\n'],
  ])('can be a file with %s', async (_, text) => {
    expect(await ofFile(text)).toBe('no error');
  });

  it('cannot be a folder', () => {
    expect(() => loadConfig(tmpdir())).toThrow(
      `${tmpdir()}: (file): cannot be read (EISDIR), expected a YAML file`,
    );
  });

  it('is complete without any key, and an empty file is fine', async () => {
    expect(await ofFile('# nothing yet\n')).toBe('no error');
    expect(parseConfig(null)).toEqual(parseConfig({}));
  });

  it('has the defaults that the system it watches asks for', () => {
    const { thresholds, alerts, labels, externalLabels, groupBy, ...rest } = parseConfig(undefined);
    expect({ alerts, labels, externalLabels, groupBy, rest }).toEqual({
      alerts: {},
      labels: {},
      externalLabels: {},
      groupBy: [],
      rest: {
        jobs: { gateway: 'gateway', exporter: 'pending-writes-exporter' },
        scrapeInterval: '30s',
        evaluationInterval: '30s',
        rateWindow: '5m',
        datasource: { uid: 'prometheus' },
        links: {},
        commands: { stateFile: '/var/lib/worker/pending-writes-state.json' },
        contacts: {},
        escrow: 'on',
        watchdog: 'off',
        workers: { alwaysOn: false, exporterRunsWithWorker: false },
        targets: [],
        folder: 'Gateway',
        kubernetes: {
          namePrefix: 'gateway-observability',
          labels: {},
          monitors: 'on',
          gateway: { port: 'metrics' },
          exporter: { port: 'metrics' },
        },
        grafanaProvisioning: { dashboards: '/etc/grafana/dashboards/gateway', alertRules: 'on' },
        mimir: { namespace: 'gateway-observability' },
      },
    });
    expect(thresholds).toEqual({
      pendingWrites: {
        infoAfter: '1h',
        warningAfter: '16h',
        criticalAfter: '24h',
        stuckAfter: '10m',
        carryFor: '12h',
        unpushedAfter: '10m',
      },
      pushWait: { slowSeconds: 120, slowShare: 0.5, failedShare: 0.5 },
      leaseExpiry: { expiringWithin: '2m', wantedWithin: '2m', leaseDuration: '10m' },
      replicaFallback: { infoAfter: '4h', warningAfter: '16h', quietAfter: '30m', mirrorLagSeconds: 900 },
      workerQueue: { pendingAfter: '30m', disagreeAfter: '10m' },
      objective: { clearedWithin: '16h', target: 0.99 },
    });
  });

  it('takes on and off for escrow, as text and as the booleans that YAML 1.1 makes of them', () => {
    const escrow = (text: string) => parseConfig(parse(text)).escrow;
    expect(['escrow: on', 'escrow: "on"', 'escrow: true', ''].map(escrow)).toEqual(['on', 'on', 'on', 'on']);
    expect(['escrow: off', "escrow: 'off'", 'escrow: false'].map(escrow)).toEqual(['off', 'off', 'off']);
  });

  it('leaves out alerts about leases and rejected writes where a site runs without escrow, with the reason', () => {
    const bundleOf = (escrow: 'on' | 'off') => buildBundle(parseConfig({ escrow }), definitions());
    const alertsOf = (bundle: ReturnType<typeof bundleOf>) =>
      bundle.alertGroups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const left = alertsOf(bundleOf('off'));
    expect(alertsOf(bundleOf('on')).filter((alert) => !left.includes(alert))).toEqual([
      'GatewayEscrowLeaseExpiring',
      'GatewayEscrowLeaseExpired',
      'GatewayEscrowLeaseExpiredWritesWanted',
      'GatewayWritesTurnedAway',
      'GatewayEscrowUnlocksFailing',
      'GatewayEscrowUnlocksRefused',
      'WorkerRotationFailed',
    ]);
    expect(bundleOf('off').disabled).toContainEqual({
      alert: 'GatewayWritesTurnedAway',
      reason: 'This site runs without escrow (escrow: off).',
    });
  });

  it('shows no alarm about leases in the dashboards of a site without escrow', () => {
    const colours = (escrow: 'on' | 'off') => {
      const bundle = buildBundle(parseConfig({ escrow }), definitions());
      const dashboard = bundle.dashboards.find(
        ({ definition }) => definition.uid === 'gateway-escrow-leases',
      );
      return (dashboard?.rows ?? []).flatMap(({ panels }) =>
        panels.flatMap(({ definition: { thresholds, queries } }) =>
          // How long writes have been pending does not depend on leases.
          [
            thresholds,
            ...queries.map(({ column }) =>
              column?.title === 'pending for' ? undefined : column?.thresholds,
            ),
          ].flatMap((own) => own?.(bundle.site).map(({ color }) => color) ?? []),
        ),
      );
    };
    expect(colours('on')).toContain('dark-red');
    expect(colours('on')).toContain('#ffa640');
    // Grey, as everything that is not measured, and the color of text.
    expect([...new Set(colours('off'))].sort()).toEqual(['#6b717b', 'text']);
  });

  it('keeps what a site says and fills in the rest', () => {
    const config = parseConfig({
      thresholds: { pushWait: { slowSeconds: 300 } },
      links: { runbooks: 'https://wiki.example/runbooks//' },
      alerts: { GatewayDown: { for: '0s', keepFiringFor: '10m' } },
    });
    expect(config.thresholds).toEqual({
      ...parseConfig({}).thresholds,
      pushWait: { ...parseConfig({}).thresholds.pushWait, slowSeconds: 300 },
    });
    expect(config.links).toEqual({ runbooks: 'https://wiki.example/runbooks' });
    expect(config.alerts.GatewayDown).toEqual({
      for: '0s',
      keepFiringFor: '10m',
      labels: {},
      annotations: {},
    });
  });

  it('lets a site switch off any one alert, also where that leaves a recorded series to nobody', () => {
    const names = definitions().alerts.flatMap((group) => group.rules.map(({ alert }) => alert));
    expect(names.length).toBeGreaterThan(20);
    const left = names.flatMap((alert) =>
      checkBundle(
        buildBundle(
          parseConfig({ alerts: { [alert]: { disabled: 'not wanted on this site' } } }),
          definitions(),
        ),
        ['recorded-used', 'alert-links', 'names'],
      ),
    );
    expect(left).toEqual([]);
  });

  it('documents every key', () => {
    const undocumented: string[] = [];
    const visit = (node: Record<string, unknown>, path: string) => {
      if (node.description === undefined && path !== '') undocumented.push(path);
      for (const [key, child] of Object.entries((node.properties as Record<string, never>) ?? {}))
        visit(child, `${path}.${key}`);
      // Settings per alert: the keys of every value.
      const { properties } = (node.additionalProperties as { properties?: Record<string, never> }) ?? {};
      for (const [key, child] of Object.entries(properties ?? {})) visit(child, `${path}.*.${key}`);
    };
    visit(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>, '');
    expect(undocumented).toEqual([]);
  });

  it('gives a bundle without problems for sites of every kind', () => {
    const sites = [
      { groupBy: ['cluster', 'namespace'] },
      { workers: { alwaysOn: true } },
      { workers: { exporterRunsWithWorker: true } },
      { workers: { alwaysOn: true, exporterRunsWithWorker: true } },
      { escrow: 'off' } as const,
      { escrow: false, workers: { exporterRunsWithWorker: true } },
      { jobs: { gateway: 'gw-.+', exporter: 'workers|pending-writes-exporter' } },
      {
        scrapeInterval: '1m',
        evaluationInterval: '1m',
        thresholds: { leaseExpiry: { wantedWithin: '4m' } },
      },
      { scrapeInterval: '15s', evaluationInterval: '15s', rateWindow: '1m' },
      { thresholds: { objective: { target: 0.5 } } },
    ];
    for (const site of sites) {
      expect(checkBundle(buildBundle(parseConfig(site), definitions()))).toEqual([]);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { inhibitedBy, targetsOf } from '../../src/bundle/inhibited-alerts.js';
import { fileOf } from '../../src/bundle/own.js';
import { layOut } from '../../src/bundle/panel-layout.js';
import { signalsOf } from '../../src/bundle/signals.js';
import { defineMetric } from '../../src/model/metric.js';
import type { PageContext } from '../../src/model/runbook.js';
import { duration } from '../../src/promql/duration.js';
import { promql } from '../../src/promql/template.js';
import { alert, bundle, dashboard, type Parts, page, panel, raw, record } from '../checks/bundle-fixture.js';

const ruleOf = (parts: Parts, name = 'GatewayTestFiring') => {
  const found = bundle(parts)
    .alertGroups.flatMap(({ rules }) => rules)
    .find((rule) => rule.alert === name);
  if (found === undefined) throw new Error(`${name} is not in the bundle`);
  return found;
};
const namesIn = (parts: Parts) =>
  bundle(parts).alertGroups.flatMap(({ rules }) => rules.map((rule) => rule.alert));
const oneRelay = {
  ...dashboard(),
  uid: 'one',
  title: 'One relay',
  relays: { choose: 'one', query: () => raw('up') },
} as const;
const manyRelays = { ...oneRelay, uid: 'many', relays: { ...oneRelay.relays, choose: 'many' } } as const;

describe('an alert', () => {
  it('is written with the settings of its definition', () => {
    const parts = {
      alerts: [
        alert({
          severity: () => 'critical',
          for: () => duration('5m'),
          keepFiringFor: () => duration('10m'),
          extraLabels: { team: 'storage' },
        }),
      ],
    };
    expect(ruleOf(parts)).toMatchObject({
      file: 'alerts/pending-writes.ts',
      expr: 'relay:gateway_pending_writes:max == 1',
      severity: 'critical',
      for: '5m',
      keepFiringFor: '10m',
      labels: { severity: 'critical', signal: 'pending-writes', team: 'storage' },
    });
    expect(bundle(parts).alertGroups.map(({ name, file }) => [name, file])).toEqual([
      ['pending-writes.alerts', 'alerts/pending-writes.ts'],
    ]);
  });

  it('has no durations where nothing sets them', () => {
    const rule = ruleOf({});
    expect(['for' in rule, 'keepFiringFor' in rule]).toEqual([false, false]);
  });

  it('is written with the settings of the site before its own, and the signal and the severity before all labels', () => {
    const rule = ruleOf({
      config: {
        labels: { team: 'all', region: 'all', zone: 'all' },
        alerts: {
          GatewayTestFiring: {
            severity: 'info',
            for: '1m',
            keepFiringFor: '2m',
            labels: { region: 'site' },
            annotations: { dashboard_url: 'https://site.example', note: 'of the site' },
          },
        },
      },
      alerts: [
        alert({
          for: () => duration('5m'),
          keepFiringFor: () => duration('10m'),
          extraLabels: { team: 'definition', region: 'definition', signal: 'wrong', severity: 'wrong' },
          annotations: { note: 'of the definition', hint: 'of the definition' },
        }),
      ],
    });
    expect(rule).toMatchObject({ severity: 'info', for: '1m', keepFiringFor: '2m' });
    const labels = {
      severity: 'info',
      signal: 'pending-writes',
      team: 'definition',
      region: 'site',
      zone: 'all',
    };
    expect([rule.labels, rule.grafanaLabels]).toEqual([labels, labels]);
    expect(rule.annotations).toEqual({
      summary: 'Relay {{ $labels.relay }} is pending in a test.',
      description: 'A description that is long enough to say how bad it is and what to do first.',
      runbook_url: 'runbooks/GatewayTestFiring.md',
      dashboard_url: 'https://site.example',
      note: 'of the site',
      hint: 'of the definition',
    });
    expect(rule.grafanaAnnotations).toEqual(rule.annotations);
  });

  it('without a page has no address of one', () => {
    const { annotations, page: written } = ruleOf({ runbooks: [] });
    expect([Object.keys(annotations), written]).toEqual([
      ['summary', 'description', 'dashboard_url'],
      undefined,
    ]);
  });

  it('has its page, and the address of it under the one of the site', () => {
    const { annotations, page: written } = ruleOf({ config: { links: { runbooks: 'https://w.example' } } });
    expect(written).toEqual(page);
    expect(annotations.runbook_url).toBe('https://w.example/GatewayTestFiring.md');
  });

  it('knows what its expression is, and the labels of the result', () => {
    const { expression, labels, faults } = ruleOf({}).analysis;
    expect(expression?.text).toBe('relay:gateway_pending_writes:max == 1');
    expect([...(labels?.labels ?? [])]).toEqual(['relay']);
    expect(faults).toEqual([]);
    for (const text of ['sum(', 'up{relay="\\z"}']) {
      const { analysis } = ruleOf({ alerts: [alert({ expr: () => raw(text) })] });
      expect([analysis.expression, analysis.labels]).toEqual([undefined, undefined]);
      expect(analysis.faults.length).toBe(1);
    }
  });

  it('is left out, with the reason, where the site switches it off or lacks what it is about', () => {
    const alerts = [
      alert(),
      alert({ alert: 'GatewayTestEscrow', needsEscrow: true }),
      alert({ alert: 'GatewayTestWatchdog', onlyWith: 'watchdog' }),
    ];
    const off = { escrow: 'off', watchdog: 'off' } as const;
    const disabled = { alerts: { GatewayTestFiring: { disabled: 'not wanted here' } } };
    expect(namesIn({ alerts, config: { escrow: 'on', watchdog: 'on' } })).toEqual(
      alerts.map(({ alert: name }) => name),
    );
    expect(bundle({ alerts, config: { escrow: 'on', watchdog: 'on' } }).disabled).toEqual([]);
    const without: Parts = { alerts, config: { ...off, ...disabled } };
    expect(namesIn(without)).toEqual([]);
    expect(bundle(without).disabled).toEqual([
      { alert: 'GatewayTestFiring', reason: 'not wanted here' },
      { alert: 'GatewayTestEscrow', reason: 'This site runs without escrow (escrow: off).' },
      {
        alert: 'GatewayTestWatchdog',
        reason: 'An option that this site does not use (watchdog: off).',
      },
    ]);
  });
});

describe('what an alert of a relay says', () => {
  const parts = (config: Parts['config'] = {}): Parts => ({
    config,
    alerts: [alert({ since: record() })],
    dashboards: [dashboard(panel()), manyRelays, oneRelay],
  });
  const text = 'A description that is long enough to say how bad it is and what to do first.';
  const hosts = (matchers: string, labels: string, job: string) =>
    `{{ with printf \`group by (instance) (pending_writes_pending{${job}, ${matchers}} or pending_writes_rotation_last_attempts{${job}, ${matchers}})\` ${labels} ${labels} | query }}` +
    '{{ if gt (len .) 1 }}This relay has {{ len . }} workers; the dashboard shows their hosts.' +
    '{{ else }}The worker is on {{ . | first | label "instance" }}.{{ end }}' +
    '{{ else }}No exporter reports the worker of this relay at the moment; the runbook page shows where to ask for its host.{{ end }}';

  it('names its host and since when it is pending, and links the dashboard of one relay', () => {
    expect(ruleOf(parts()).annotations).toEqual({
      summary:
        'Relay {{ $labels.relay }} is pending in a test{{ with printf `relay:gateway_pending_writes:max{relay=%q} > 0` $labels.relay | query }} (pending since {{ (. | first | value | toTime).Format "2006-01-02 15:04 MST" }}){{ end }}.',
      description: `${text} ${hosts('relay=%q', '$labels.relay', 'job="pending-writes-exporter"')}`,
      runbook_url: 'runbooks/GatewayTestFiring.md',
      dashboard_url: '/d/one?var-relay={{ $labels.relay | urlquery }}',
    });
  });

  it('names the dashboard in Grafana, whose templates cannot query', () => {
    expect(ruleOf(parts()).grafanaAnnotations).toMatchObject({
      summary: 'Relay {{ $labels.relay }} is pending in a test.',
      description: `${text} The dashboard "One relay" shows the host of its worker.`,
      dashboard_url: '/d/one?var-relay={{ $labels.relay | urlquery }}',
    });
  });

  it('asks for the labels of the site, and for jobs that no verb of printf changes', () => {
    const { annotations } = ruleOf(
      parts({
        groupBy: ['zone'],
        jobs: { exporter: 'worker%s' },
        links: { dashboards: 'https://g.example' },
      }),
    );
    const job = 'job=~"worker%%s"';
    expect(annotations).toMatchObject({
      description: `${text} ${hosts('zone=%q, relay=%q', '$labels.zone $labels.relay', job)}`,
      dashboard_url:
        'https://g.example/d/one?var-zone={{ $labels.zone | urlquery }}&var-relay={{ $labels.relay | urlquery }}',
    });
  });

  it('is quoted otherwise where a matcher has a backtick', () => {
    const { annotations } = ruleOf(parts({ jobs: { exporter: 'a`b' } }));
    expect(annotations.description).toContain(
      '{{ with printf "group by (instance) (pending_writes_pending{job=~\\"a`b\\", relay=%q} or ',
    );
  });

  it('does not say since when where no series holds it', () => {
    const { summary } = ruleOf({ ...parts(), alerts: [alert()] }).annotations;
    expect(summary).toBe('Relay {{ $labels.relay }} is pending in a test.');
  });

  it('is only its own text where no dashboard shows one relay, and where it is about something else', () => {
    const plain = { summary: 'Relay {{ $labels.relay }} is pending in a test.', description: text };
    const dashboards = [dashboard(panel()), manyRelays];
    expect(ruleOf({ ...parts(), dashboards })).toMatchObject({
      annotations: {
        ...plain,
        dashboard_url: '/d/test?var-relay={{ $labels.relay | urlquery }}&viewPanel=1',
      },
      grafanaAnnotations: plain,
    });
    expect(ruleOf({ ...parts(), alerts: [alert({ labels: ['peer'] })] }).annotations).toMatchObject({
      ...plain,
      dashboard_url: '/d/test?viewPanel=1',
    });
  });
});

describe('a dashboard', () => {
  it('is written with its panels and queries for the site, with defaults for what they leave out', () => {
    const thresholds = [{ color: 'red', value: 3 }] as never;
    const column = { title: 'age', unit: 's', empty: 'none' };
    const { dashboards } = bundle({
      config: { groupBy: ['zone'] },
      panels: [
        panel({
          noData: (site) => `No relay in ${site.config.groupBy.join()}.`,
          queries: [
            { expr: (site) => promql`max by (${site.by('relay')}) (${record()})` },
            {
              expr: () => raw('rate(up[$__rate_interval])'),
              legend: 'x',
              instant: true,
              format: 'table',
              column,
              thresholds: () => thresholds,
            },
          ],
        }),
      ],
    });
    expect(dashboards).toMatchObject([
      { file: 'dashboards/test.ts', rows: [{ title: 'Row', panels: [{ noData: 'No relay in zone.' }] }] },
    ]);
    const [first, second] = dashboards[0]?.rows[0]?.panels[0]?.queries ?? [];
    expect({ ...first, analysis: first?.analysis.text }).toEqual({
      refId: 'A',
      expr: 'max by (zone, relay) (relay:gateway_pending_writes:max)',
      analysis: 'max by (zone, relay) (relay:gateway_pending_writes:max)',
      legend: '',
      instant: false,
      format: 'time_series',
    });
    expect(second).toMatchObject({
      refId: 'B',
      legend: 'x',
      instant: true,
      format: 'table',
      column,
      thresholds,
    });
    expect(second?.analysis.faults).toEqual([]);
  });

  it('places panels from left to right, on the next line where one does not fit, and below the title of each row', () => {
    const of = (id: number, width: number, height: number) => panel({ id, width, height });
    const definition = {
      ...dashboard(),
      rows: [
        { title: 'A', panels: [of(1, 12, 4), of(2, 12, 8), of(3, 1, 2), of(4, 24, 3)] },
        { title: 'B', collapsed: true, panels: [of(5, 30, 5), of(6, 6, 6)] },
        { title: 'C', panels: [of(7, 24, 2)] },
      ],
    } as const;
    expect(
      layOut(definition).map(({ panel: { id }, row, x, y, width, height }) => [id, row, x, y, width, height]),
    ).toEqual([
      [1, 0, 0, 1, 12, 4],
      [2, 0, 12, 1, 12, 8],
      [3, 0, 0, 9, 1, 2],
      [4, 0, 0, 11, 24, 3],
      [5, 1, 0, 15, 30, 5],
      [6, 1, 0, 20, 6, 6],
      [7, 2, 0, 16, 24, 2],
    ]);
  });
});

describe('a definition that throws', () => {
  const thrown = () => {
    throw new Error('no such thing');
  };

  it('is named with its file, and nothing else is lost', () => {
    const built = bundle({
      records: [record(), record({ record: 'relay:broken:max', expr: thrown })],
      alerts: [alert(), alert({ alert: 'GatewayTestBroken', expr: thrown })],
      panels: [panel(), panel({ id: 2, title: 'Broken', noData: thrown })],
    });
    expect(built.broken).toEqual(
      [
        ['recording-rules/pending-writes.ts', 'relay:broken:max'],
        ['alerts/pending-writes.ts', 'GatewayTestBroken'],
        ['dashboards/test.ts', 'panel 2 "Broken"'],
      ].map(([file, subject]) => ({ file, subject, message: 'no such thing' })),
    );
    expect(built.recordingGroups).toMatchObject([
      {
        name: 'pending-writes.recording',
        file: 'recording-rules/pending-writes.ts',
        rules: [{ record: 'relay:gateway_pending_writes:max' }],
      },
    ]);
    expect(built.alertGroups[0]?.rules.map((rule) => rule.alert)).toEqual(['GatewayTestFiring']);
    expect(built.dashboards[0]?.rows[0]?.panels).toHaveLength(1);
  });

  it('is named in the procedure of the operator', () => {
    const { config, definitions } = bundle();
    const runbook = { ...definitions.runbook, procedure: thrown };
    const { broken, procedure } = buildBundle(config, { ...definitions, runbook });
    expect(broken).toEqual([
      { file: 'alerts/pages/procedure.ts', subject: 'procedure', message: 'no such thing' },
    ]);
    expect(procedure).toEqual([]);
  });

  it('is named in a page, without which the alert stays', () => {
    const built = bundle({
      own: { alerts: [alert({ alert: 'OwnTestFiring' })], pages: { OwnTestFiring: thrown } },
    });
    expect(built.broken).toEqual([{ file: 'own.ts', subject: 'OwnTestFiring', message: 'no such thing' }]);
    const [own] = built.alertGroups.find(({ name }) => name === 'own.alerts')?.rules ?? [];
    expect([own?.alert, own?.page]).toEqual(['OwnTestFiring', undefined]);
  });
});

describe('what a team adds', () => {
  it('comes after the definitions of this package, loose rules in a group of the name own', () => {
    const [ownRecord, ownAlert] = [
      record({ record: 'relay:own:max' }),
      alert({ alert: 'OwnTestFiring', signal: 'disk' }),
    ];
    const ownMetric = defineMetric({
      name: 'disk_free_bytes',
      type: 'gauge',
      help: 'Free.',
      unit: 'bytes',
      labels: { zone: { help: 'Where.' } },
      presence: 'always',
      origin: 'other',
    });
    const own = {
      metrics: [ownMetric],
      recordingRules: [ownRecord, { name: 'disks', rules: [] }],
      alerts: [{ name: 'disks', rules: [] }, ownAlert],
      dashboards: [{ ...dashboard(), uid: 'own' }],
      inhibitions: [{ reason: 'Own.', source: {}, target: {}, equal: [] }],
      pages: { OwnTestFiring: () => page },
    } as const;
    // groupBy may name a label that only a metric of the site's own definitions has.
    const built = bundle({ own, config: { groupBy: ['zone'] } });
    const { definitions } = built;
    expect([definitions.metrics.length > 1, definitions.metrics.at(-1)]).toEqual([true, ownMetric]);
    expect(definitions.inhibitions).toEqual(own.inhibitions);
    expect(built.recordingGroups.map(({ name, file, rules }) => [name, file, rules.length])).toEqual([
      ['pending-writes.recording', 'recording-rules/pending-writes.ts', 1],
      ['own.recording', 'own.ts', 1],
      ['disks.recording', 'own.ts', 0],
    ]);
    expect(built.alertGroups.map(({ name, file, rules }) => [name, file, rules.length])).toEqual([
      ['pending-writes.alerts', 'alerts/pending-writes.ts', 1],
      ['own.alerts', 'own.ts', 1],
      ['disks.alerts', 'own.ts', 0],
    ]);
    expect(built.dashboards.map(({ file }) => file)).toEqual(['dashboards/test.ts', 'own.ts']);
    expect(Object.keys(definitions.runbook.pages)).toEqual(['GatewayTestFiring', 'OwnTestFiring']);
    expect(fileOf(definitions, own.inhibitions[0], 'elsewhere')).toBe('own.ts');
    expect(fileOf(definitions, {}, 'elsewhere')).toBe('elsewhere');
    expect(signalsOf(built)).toEqual([
      'pending-writes',
      'push-wait',
      'lease-expiry',
      'replica-fallback',
      'worker-queue',
      'exporter',
      'gateway',
      'disk',
    ]);
  });

  it('may be nothing', () => {
    const { definitions } = bundle({ own: {} });
    expect([definitions.recordingRules.length, definitions.alerts.length]).toEqual([1, 1]);
    expect(definitions.own).toEqual({ file: 'own.ts', members: new Set() });
  });
});

describe('a page', () => {
  const alerts = [
    alert(),
    alert({ alert: 'GatewayTestDisabled' }),
    alert({ alert: 'GatewayTestEscrow', needsEscrow: true }),
    alert({ alert: 'GatewayTestWatchdog', onlyWith: 'watchdog' }),
    alert({ alert: 'GatewayTestNoPage' }),
  ];
  /** What a page writes for a site. */
  function written(write: (context: PageContext) => string, config: Parts['config'] = {}): string {
    let text = '';
    const parts = {
      alerts,
      runbooks: alerts.map(({ alert: name }) => name).filter((name) => name !== 'GatewayTestNoPage'),
      config,
      dashboards: [
        dashboard(panel()),
        { ...dashboard(panel({ title: 'Other?' })), uid: 'two', title: 'Two' },
      ],
      own: {
        alerts: [alert({ alert: 'OwnTestFiring' })],
        pages: {
          OwnTestFiring: (context: PageContext) => {
            text = write(context);
            return page;
          },
        },
      },
    };
    const [fault] = bundle(parts).broken;
    return fault?.message ?? text;
  }

  it.each([
    [{}, '[Find the worker of a relay](gateway.md#find-worker)', '"Other?" on the dashboard Two'],
    [
      { links: { operatorRunbook: 'https://ops.example', dashboards: 'https://g.example' } },
      '[Find the worker of a relay](https://ops.example#find-worker)',
      '["Other?"](https://g.example/d/two?viewPanel=1) on the dashboard Two',
    ],
  ])('links steps and panels where they are published: %j', (config, step, linked) => {
    expect(written((context) => context.step('find-worker'), config)).toBe(step);
    expect(written((context) => context.step('find-worker', 'words'), config)).toBe(
      step.replace('Find the worker of a relay', 'words'),
    );
    expect(written((context) => context.panel('two', 1), config)).toBe(linked);
  });

  it.each([
    ['GatewayTestFiring', '[GatewayTestFiring](GatewayTestFiring.md)'],
    ['GatewayTestDisabled', '`GatewayTestDisabled`'],
    ['GatewayTestEscrow', '`GatewayTestEscrow`'],
    ['GatewayTestWatchdog', '`GatewayTestWatchdog`'],
    ['GatewayTestNoPage', '`GatewayTestNoPage`'],
    ['GatewayTestNone', 'names the alert GatewayTestNone, which is not defined'],
  ])('links the page of %s only where the site has one: %s', (name, text) => {
    const config = {
      escrow: 'off',
      watchdog: 'off',
      alerts: { GatewayTestDisabled: { disabled: 'not wanted here' } },
    } as const;
    expect(written((context) => context.alert(name), config)).toBe(text);
    if (/Escrow|Watchdog/.test(name))
      expect(written((context) => context.alert(name), { escrow: 'on', watchdog: 'on' })).toBe(
        `[${name}](${name}.md)`,
      );
  });

  it.each([
    ['two', 9, 'names panel 9 of two, which is not defined'],
    ['none', 1, 'names panel 1 of none, which is not defined'],
  ])('cannot name panel %s %d', (uid, id, message) => {
    expect(written((context) => context.panel(uid, id))).toBe(message);
  });
});

describe('the alerts that an alert suppresses', () => {
  const alerts = [
    alert({ alert: 'GatewayTestPage', severity: 'critical', labels: ['relay', 'peer'] }),
    alert({ alert: 'GatewayTestTicket' }),
    alert({ alert: 'GatewayTestNote', severity: 'info' }),
    alert({ alert: 'GatewayTestOther', severity: 'info', signal: 'gateway' }),
    alert({ alert: 'GatewayTestWhole', severity: 'info', labels: [] }),
  ];
  const all = { severities: ['critical', 'warning', 'info'] } as const;

  it.each([
    ['GatewayTestPage', { source: all, target: all, equal: [] }, 'Ticket Note Other Whole'],
    // Never a more severe one.
    ['GatewayTestTicket', { source: all, target: all, equal: [] }, 'Note Other Whole'],
    ['GatewayTestNote', { source: all, target: all, equal: [] }, 'Other Whole'],
    // Two alerts without the label would count as equal.
    ['GatewayTestTicket', { source: all, target: all, equal: ['relay'] }, 'Note Other'],
    ['GatewayTestWhole', { source: all, target: all, equal: ['relay'] }, ''],
    ['GatewayTestTicket', { source: all, target: all, equal: ['signal'] }, 'Note Whole'],
    ['GatewayTestTicket', { source: { alerts: ['GatewayTestPage'] }, target: all, equal: [] }, ''],
    ['GatewayTestTicket', { source: { severities: ['critical'] }, target: all, equal: [] }, ''],
    ['GatewayTestTicket', { source: { signals: ['gateway'] }, target: all, equal: [] }, ''],
    [
      'GatewayTestPage',
      { source: all, target: { severities: ['info'], signals: ['pending-writes'] }, equal: [] },
      'Note Whole',
    ],
    ['GatewayTestPage', { source: all, target: { alerts: ['GatewayTestOther'] }, equal: [] }, 'Other'],
  ] as const)('%s with %j: %s', (name, inhibition, names) => {
    const inhibitions = [
      { reason: 'Because.', ...inhibition },
      { reason: 'Once more.', ...inhibition },
    ];
    const built = bundle({ alerts, inhibitions });
    const source = built.alertGroups[0]?.rules.find((rule) => rule.alert === name);
    if (source === undefined) throw new Error(`${name} is not in the bundle`);
    expect(
      inhibitedBy(built, source)
        .map((found) => found.replace('GatewayTest', ''))
        .join(' '),
    ).toBe(names);
  });
});

describe('the alerts that any of several alerts suppresses', () => {
  it('have the signal of one of them where the signal has to be equal', () => {
    const alerts = [
      alert({ alert: 'GatewayTestPage', severity: 'critical' }),
      alert({ alert: 'GatewayTestOtherPage', severity: 'critical', signal: 'gateway' }),
      alert({ alert: 'GatewayTestTicket' }),
      alert({ alert: 'GatewayTestOtherTicket', signal: 'gateway' }),
      alert({ alert: 'GatewayTestThirdTicket', signal: 'exporter' }),
    ];
    const rules = bundle({ alerts }).alertGroups.flatMap((group) => group.rules);
    const inhibition = {
      reason: 'Because.',
      source: { severities: ['critical'] },
      target: { severities: ['warning'] },
      equal: ['signal'],
    } as const;
    expect(targetsOf(inhibition, rules.slice(0, 2), rules).map((rule) => rule.alert)).toEqual([
      'GatewayTestTicket',
      'GatewayTestOtherTicket',
    ]);
  });
});

describe('the series that expressions may use', () => {
  it('are those of the metrics, with the labels of targets and sites, and the recorded ones', () => {
    const { catalogue } = bundle({ config: { groupBy: ['zone'] } });
    expect(catalogue.get('relay:gateway_pending_writes:max')).toMatchObject({
      name: 'relay:gateway_pending_writes:max',
      type: 'recorded',
      labels: new Set(['relay', 'zone']),
      recorded: { record: 'relay:gateway_pending_writes:max' },
    });
    expect(catalogue.get('gateway_pending_write_push_wait_seconds_bucket')).toMatchObject({
      name: 'gateway_pending_write_push_wait_seconds_bucket',
      type: 'bucket',
      metric: { name: 'gateway_pending_write_push_wait_seconds' },
    });
    expect(catalogue.labelsOf('gateway_pending_write_push_wait_seconds_bucket')).toContain('zone');
    expect(catalogue.get('gateway_pending_write_push_wait_seconds')).toBeUndefined();
    expect(catalogue.labelsOf('nothing')).toBeUndefined();
    expect(catalogue.names()).toEqual(
      expect.arrayContaining(['up', 'gateway_pending_writes', 'relay:gateway_pending_writes:max']),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.js';
import { evaluatedSince, type Observation, observe, type SeenAlert } from '../../src/demo/observe.js';
import { recordedRules, summarize, summaryText } from '../../src/demo/summary.js';
import { changes, type RunInfo, screen } from '../../src/demo/view.js';
import { type Beside, runInfoOf } from '../../src/demo/watch.js';
import type {
  PrometheusClient,
  RuleGroupStatus,
  RuleStatus,
  TargetStatus,
} from '../../src/prometheus/client.js';

const RELAY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const [SHORT, OTHER_SHORT] = ['ababababab…', 'cdcdcdcdcd…'];

const target = (health: TargetStatus['health'], more: Partial<TargetStatus> = {}): TargetStatus =>
  ({ job: 'gateway', instance: 'a:1', health, lastError: '', ...more }) as TargetStatus;
const rule = (health: RuleStatus['health'], more: Partial<RuleStatus> = {}): RuleStatus =>
  ({ name: 'R', health, lastError: '', ...more }) as RuleStatus;
const group = (rules: readonly RuleStatus[], lastEvaluation = '2026-01-01T00:00:00Z'): RuleGroupStatus =>
  ({ name: 'g', rules, lastEvaluation }) as RuleGroupStatus;
const alert = (name: string, more: Partial<SeenAlert> = {}): SeenAlert => ({
  alert: name,
  severity: 'critical',
  state: 'firing',
  summary: `${name} of ${RELAY}`,
  seconds: 75,
  ...more,
});
const seen = (more: Partial<Observation> = {}): Observation => ({
  targets: [target('up')],
  groups: [group([rule('ok')])],
  relays: [],
  alerts: [],
  ...more,
});
const RUN: RunInfo = {
  running: 65,
  relays: [
    { relay: RELAY, worker: 'worker 1', behaviour: 'fails' },
    { relay: OTHER, worker: 'worker 2', behaviour: 'only read' },
  ],
  addresses: [['Prometheus', 'http://p.example/alerts']],
  remarks: ['Interval: 5s.'],
};
const PLAIN = { colours: false, width: 120 };
const HEAD = [
  'gateway-observability simulated gateway and workers, real exporters, real Prometheus, 1m 05s',
  '',
  'Prometheus     http://p.example/alerts',
  '',
];
const FOOT = ['Interval: 5s.', 'Press Ctrl-C to stop everything and remove all temporary files.'];

describe('the screen', () => {
  it('waits for Prometheus', () => {
    expect(screen(undefined, RUN, PLAIN, 40)).toEqual([
      ...HEAD,
      'Waiting for the first response from Prometheus.',
      '',
      ...FOOT,
    ]);
  });

  const FULL = seen({
    targets: [target('up'), target('down'), target('unknown')],
    groups: [group([rule('ok'), rule('err')]), group([rule('unknown')])],
    relays: [{ relay: RELAY, phase: 'worker away', pendingFor: 65, leaseEndsIn: 30 }],
    alerts: [alert('One'), alert('Second', { severity: 'warning', state: 'pending', seconds: 5 })],
  });

  it('shows targets, rules, each relay with its phase and its lease, and the alerts', () => {
    expect(screen(FULL, RUN, PLAIN, 40)).toEqual([
      ...HEAD,
      '1 of 3 targets up  3 rules, 1 unhealthy  1 alerts firing, 1 pending',
      '',
      'RELAY       WORKER   PHASE       PENDING  LEASE           BEHAVIOUR',
      'ababababab… worker 1 worker away 1m 05s   ends in 30s     fails',
      'cdcdcdcdcd… worker 2 idle        -        -               only read',
      '',
      'ALERTS',
      `critical firing  1m 15s   One    One of ${SHORT}`,
      `warning  pending 5s       Second Second of ${SHORT}`,
      '',
      ...FOOT,
    ]);
  });

  it('leaves out names where it is narrow, and alerts for which there is no room', () => {
    const many = seen({ alerts: ['One', 'Second', 'Third'].map((name) => alert(name)) });
    const lines = (height: number, width = 120) => screen(many, RUN, { colours: false, width }, height);
    const all = lines(40);
    expect(lines(all.length)).toEqual(all);
    expect(lines(all.length - 1).slice(-5)).toEqual([
      `critical firing  1m 15s   One One of ${SHORT}`,
      'and 2 more: see Prometheus, Alerts',
      '',
      ...FOOT,
    ]);
    expect(lines(1).slice(-4)).toEqual(['and 3 more: see Prometheus, Alerts', '', ...FOOT]);
    expect(lines(40, 66)).toContain(`critical firing  1m 15s   Third  Third of ${SHORT}`);
    expect(lines(40, 65)).toContain(`critical firing  1m 15s   Third of ${SHORT}`);
  });

  it('says that there is no alert yet, and for how long a lease has been over', () => {
    const lines = screen(
      seen({ relays: [{ relay: RELAY, phase: 'stuck', leaseEndsIn: 0 }] }),
      RUN,
      PLAIN,
      40,
    );
    expect(lines).toContain('none yet');
    expect(lines).toContain('ababababab… worker 1 stuck       -        over 0s         fails');
    const over = screen(
      seen({ relays: [{ relay: RELAY, phase: 'stuck', leaseEndsIn: -61 }] }),
      RUN,
      PLAIN,
      40,
    );
    expect(over.join('\n')).toContain('over 1m 01s');
  });

  const coloured = (observation: Observation) =>
    screen(observation, RUN, { colours: true, width: 120 }, 40).map((line) => line.replaceAll('\u001B', '<'));
  it.each([
    ['all well', seen(), ['<[32m1 of 1', '<[32m1 rules', '<[32m0 alerts']],
    ['no target', seen({ targets: [] }), ['<[33m0 of 0', '<[32m1 rules', '<[32m0 alerts']],
    [
      'a target down',
      seen({ targets: [target('up'), target('down')] }),
      ['<[33m1 of 2', '<[32m1 rules', '<[32m0 alerts'],
    ],
    [
      'a rule unhealthy',
      seen({ groups: [group([rule('err')])] }),
      ['<[32m1 of 1', '<[31m1 rules', '<[32m0 alerts'],
    ],
    ['an alert firing', seen({ alerts: [alert('A')] }), ['<[32m1 of 1', '<[32m1 rules', '<[33m1 alerts']],
  ])('has a colour for how it is: %s', (_, observation, expected) => {
    const status = coloured(observation)[4] ?? '';
    expect(status.match(/<\[\d+m\d+ (?:of \d+|rules|alerts)/g)).toEqual(expected);
  });

  it.each([
    ['idle', '<[90midle'],
    ['worker away', '<[34mworker away'],
    ['pushing', '<[36mpushing'],
    ['resyncing', '<[36mresyncing'],
    ['rotating', '<[36mrotating'],
    ['stuck', '<[1m<[31mstuck'],
    ['blocked', '<[1m<[31mblocked'],
    ['unknown', '<[33munknown'],
  ])('has a colour for the phase: %s', (phase, expected) => {
    const lines = coloured(seen({ relays: [{ relay: RELAY, phase }] }));
    expect(lines.find((line) => line.startsWith(SHORT))).toContain(`<[90mworker 1<[39m ${expected}`);
  });

  it('has gray for headings, for the behaviour, and for what there is no room for', () => {
    const alerts = ['A', 'B', 'C'].map((name) => alert(name));
    const lines = screen(seen({ alerts }), RUN, { colours: true, width: 120 }, 1).map((line) =>
      line.replaceAll('\u001B', '<'),
    );
    expect(lines.find((line) => line.includes('RELAY'))).toMatch(/^<\[90mRELAY<.* <\[90mBEHAVIOUR<\[39m$/);
    expect(lines.find((line) => line.startsWith(SHORT))).toMatch(/ <\[90mfails<\[39m$/);
    expect(lines).toContain('<[90mand 3 more: see Prometheus, Alerts<[39m');
  });

  it.each([
    ['critical', 'firing', '<[31mcritical<[39m <[1mfiring'],
    ['warning', 'pending', '<[33mwarning<[39m  <[90mpending'],
    ['info', 'firing', '<[34minfo<[39m     <[1mfiring'],
  ] as const)('has a colour for the alert: %s, %s', (severity, state, expected) => {
    const lines = coloured(seen({ alerts: [alert('A', { severity, state })] }));
    expect(lines.some((line) => line.startsWith(expected))).toBe(true);
    expect(lines[0]).toContain('<[1mgateway-observability<[22m <[90msimulated');
    expect(lines[2]).toContain('<[90mPrometheus<[39m     <[4mhttp://p.example/alerts');
  });
});

describe('the log', () => {
  it('has what changed since the last look', () => {
    const before = seen({
      relays: [
        { relay: RELAY, phase: 'pushing' },
        { relay: OTHER, phase: 'idle' },
      ],
      alerts: [
        alert('Stays', { relay: RELAY }),
        alert('Fires', { state: 'pending' }),
        alert('Goes', { relay: OTHER }),
        alert('Ends'),
      ],
    });
    const after = seen({
      relays: [
        { relay: RELAY, phase: 'stuck' },
        { relay: OTHER, phase: 'idle' },
      ],
      alerts: [
        alert('Stays', { relay: RELAY }),
        alert('Fires'),
        alert('Stays', { relay: OTHER, severity: 'info' }),
      ],
    });
    expect(changes(before, after, RUN)).toEqual([
      `  1m 05s  relay ${SHORT}: pushing -> stuck`,
      `  1m 05s  firing (critical) Fires: Fires of ${SHORT}`,
      `  1m 05s  firing (info) Stays: Stays of ${SHORT}`,
      `  1m 05s  resolved Goes of ${OTHER_SHORT}`,
      '  1m 05s  resolved Ends',
    ]);
    expect(changes(after, after, RUN)).toEqual([]);
    expect(changes(undefined, seen(), RUN)).toEqual([]);
    expect(changes(undefined, before, RUN).slice(0, 2)).toEqual([
      `  1m 05s  relay ${SHORT}: idle -> pushing`,
      `  1m 05s  firing (critical) Stays: Stays of ${SHORT}`,
    ]);
  });
});

describe('a look at Prometheus', () => {
  it('reads phases, times and alerts, the most urgent first', async () => {
    const now = Date.now() / 1000;
    const active = (state: string, severity: string | undefined, relay?: string) => ({
      labels: { ...(severity === undefined ? {} : { severity }), ...(relay === undefined ? {} : { relay }) },
      annotations: relay === undefined ? {} : { summary: `of ${relay}` },
      state,
      activeAt: new Date((now - 60) * 1000).toISOString(),
    });
    const answers: Record<string, [string, number][]> = {
      'relay:gateway_pending_writes_phase:code': [
        ['a', 0],
        ['b', 99],
        ['c', 1],
      ],
      'relay:gateway_pending_writes:start_timestamp_seconds': [
        ['a', 0],
        ['b', now - 30],
      ],
      'relay:gateway_escrow_lease:expiry_timestamp_seconds': [['b', now + 90]],
    };
    const asked: string[] = [];
    const client = {
      query: async (record: string) => {
        asked.push(record);
        const kind = /phase/.test(record) ? 0 : /start|since/.test(record) ? 1 : 2;
        return (Object.values(answers)[kind] ?? []).map(([relay, value]) => ({
          labels: { relay },
          value,
          time: 0,
        }));
      },
      targets: async () => [target('up')],
      rules: async () => [
        group([
          rule('ok', {
            name: 'B',
            alerts: [
              active('pending', 'critical', 'x'),
              active('firing', undefined, 'y'),
              active('pending', 'warning', 'w'),
              active('firing', 'info', 'z'),
            ] as never,
          }),
          rule('ok', {
            name: 'A',
            alerts: [
              active('firing', 'warning', 'y'),
              active('firing', 'warning', 'z'),
              active('firing', 'warning', 'x'),
              active('firing', 'warning'),
              active('firing', 'info', 'w'),
            ] as never,
          }),
          rule('ok', { name: 'C', alerts: [active('firing', 'critical', 'x')] as never }),
          rule('ok', { name: 'D', alerts: [active('firing', 'info', 'a')] as never }),
          rule('ok', { name: 'recorded' }),
        ]),
      ],
    } as unknown as PrometheusClient;
    const { targets, groups, relays, alerts } = await observe(client);
    expect([targets.length, groups.length, asked.length]).toEqual([1, 1, 3]);
    expect(alerts.map(({ alert, state, severity, relay }) => [alert, state, severity, relay])).toEqual([
      ['C', 'firing', 'critical', 'x'],
      ['A', 'firing', 'warning', undefined],
      ['A', 'firing', 'warning', 'x'],
      ['A', 'firing', 'warning', 'y'],
      ['A', 'firing', 'warning', 'z'],
      ['A', 'firing', 'info', 'w'],
      ['B', 'firing', 'info', 'y'],
      ['B', 'firing', 'info', 'z'],
      ['D', 'firing', 'info', 'a'],
      ['B', 'pending', 'critical', 'x'],
      ['B', 'pending', 'warning', 'w'],
    ]);
    expect(alerts.slice(0, 2).map(({ summary }) => summary)).toEqual(['of x', '']);
    expect(Math.round(alerts[0]?.seconds ?? 0)).toBeGreaterThanOrEqual(60);
    expect(relays.map(({ relay, phase }) => [relay, phase])).toEqual([
      ['a', 'idle'],
      ['b', 'code 99'],
      ['c', 'worker away'],
    ]);
    for (const one of [relays[0], relays[2]]) expect(one).not.toHaveProperty('pendingFor');
    expect(relays[0]).not.toHaveProperty('leaseEndsIn');
    expect(Math.round((relays[1]?.pendingFor ?? 0) / 10)).toBeGreaterThanOrEqual(3);
    expect(relays[1]?.pendingFor).toBeLessThan(3600);
    expect(alerts[0]?.seconds).toBeLessThan(3600);
    expect(alerts[1]).not.toHaveProperty('relay');
    expect(relays[1]?.leaseEndsIn).toBeGreaterThan(0);
    expect(relays[1]?.leaseEndsIn).toBeLessThanOrEqual(90);
  });

  it.each([
    [[], 0, false],
    [['2026-01-01T00:00:01Z'], 1_767_225_600, true],
    [['2026-01-01T00:00:00Z'], 1_767_225_600, false],
    [['2026-01-01T00:00:01Z', '2025-12-31T23:59:59Z'], 1_767_225_600, false],
  ])('knows whether all groups were evaluated since: %j, %i', (times, moment, expected) => {
    expect(
      evaluatedSince(
        times.map((time) => group([], time)),
        moment,
      ),
    ).toBe(expected);
  });
});

describe('the summary', () => {
  const judged = (observation: Partial<Observation>, recorded: Parameters<typeof summarize>[1] = []) =>
    summarize(seen(observation), recorded, 61.26);

  it.each<[string, Partial<Observation>, Parameters<typeof summarize>[1], readonly string[]]>([
    [
      'all is well',
      {},
      [
        { record: 'a', samples: 1 },
        { record: 'b', samples: 0, emptyWhen: 'x' },
      ],
      [],
    ],
    ['no target', { targets: [] }, [], ['no target is scraped']],
    [
      'a target that is not up',
      { targets: [target('up'), target('down', { lastError: 'gone' })] },
      [],
      ['target gateway a:1 is not up: gone'],
    ],
    [
      'a target that was never scraped',
      { targets: [target('unknown')] },
      [],
      ['target gateway a:1 is not up: '],
    ],
    ['no rule', { groups: [] }, [], ['no rule is loaded']],
    [
      'a rule that fails',
      { groups: [group([rule('ok'), rule('err', { lastError: 'why' })])] },
      [],
      ['rule R is not healthy: why'],
    ],
    [
      'a rule that was never evaluated',
      { groups: [group([rule('unknown')])] },
      [],
      ['rule R is not healthy: health is unknown'],
    ],
    [
      'a record without samples',
      {},
      [{ record: 'a', samples: 0 }],
      ['recording rule a has no samples, and no known reason'],
    ],
  ])('judges: %s', (_, observation, recorded, problems) => {
    expect(judged(observation, recorded)).toMatchObject({
      ok: problems.length === 0,
      problems,
      seconds: 61.3,
    });
  });

  it('counts the samples of each recording rule', async () => {
    const bundle = {
      recordingGroups: [
        {
          rules: [
            { record: 'a', definition: {} },
            { record: 'b', definition: { emptyWhen: 'idle' } },
          ],
        },
        { rules: [{ record: 'c', definition: {} }] },
      ],
    } as unknown as Bundle;
    const client = {
      query: async (query: string) =>
        query === 'count(b)' ? [] : [{ labels: {}, value: query.length, time: 0 }],
    } as unknown as PrometheusClient;
    expect(await recordedRules(bundle, client)).toEqual([
      { record: 'a', samples: 8 },
      { record: 'b', samples: 0, emptyWhen: 'idle' },
      { record: 'c', samples: 8 },
    ]);
  });

  it('is a text', () => {
    const summary = judged(
      {
        targets: [target('up'), target('down', { job: 'files', instance: 'b:2', lastError: 'gone' })],
        groups: [group([rule('ok'), rule('err', { lastError: 'why' })])],
        alerts: [
          alert('A'),
          alert('C', { summary: 'c' }),
          alert('B', { state: 'pending', severity: 'info', summary: 'b' }),
        ],
      },
      [
        { record: 'some', samples: 12, emptyWhen: 'seldom' },
        { record: 'none', samples: 0, emptyWhen: 'nothing is pending' },
        { record: 'missing', samples: 0 },
      ],
    );
    expect(summary.alerts[0]).toEqual({
      alert: 'A',
      severity: 'critical',
      state: 'firing',
      summary: `A of ${RELAY}`,
    });
    expect(
      summaryText(summary)
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'Targets: 1 of 2 up',
      '  up   gateway a:1',
      '  DOWN files b:2',
      'Rules: 1 healthy, 1 unhealthy',
      'Recording rules: 1 with samples, 1 empty as expected',
      '  some  12',
      '  none  empty: nothing is pending',
      'Alerts: 2 firing, 1 pending',
      `  firing (critical): A of ${SHORT}`,
      '  firing (critical): c',
      '  pending (info): b',
      'Problems:',
      '  target files b:2 is not up: gone',
      '  rule R is not healthy: why',
      '  recording rule missing has no samples, and no known reason',
      'NOT everything works (61.3 s).',
    ]);
    expect(summaryText(judged({})).split('\n').slice(-2)).toEqual([
      'Alerts: 0 firing, 0 pending',
      'Everything works (61.3 s).',
    ]);
  });
});

describe('what the screen shows besides', () => {
  const stack = {
    simulation: {
      world: {
        relays: [
          { key: RELAY, index: 0 },
          { key: OTHER, index: 99 },
        ],
        workers: [
          { worker: { relays: [{ key: OTHER }, { key: 'ef' }] } },
          { worker: { relays: [{ key: RELAY }] } },
        ],
      },
    },
    // Nothing listens there.
    prometheus: { url: 'http://127.0.0.1:1' },
    exporterUrls: ['http://exporter'],
    gatewayUrls: ['http://gateway'],
  } as unknown as Parameters<typeof runInfoOf>[0];
  const infoOf = async (isDemonstration: boolean, beside: Partial<Beside>) =>
    (
      await runInfoOf(stack, isDemonstration, Date.now(), {
        dashboards: 'http://d',
        problem: () => undefined,
        notifications: 'No Alertmanager.',
        ...beside,
      })
    )();

  it('are addresses and remarks', async () => {
    const info = await infoOf(true, { notifications: { alertmanager: 'http://am', sent: 'http://sent' } });
    expect(info).toMatchObject({
      relays: [
        {
          relay: RELAY,
          worker: 'worker 2',
          behaviour: 'its worker is away for 3 of 5 minutes; clears automatically',
        },
        { relay: OTHER, worker: 'worker 1', behaviour: '' },
      ],
      addresses: [
        ['Dashboards', 'http://d/'],
        ['Notifications', 'http://sent/'],
        ['Prometheus', 'http://127.0.0.1:1'],
        ['Alertmanager', 'http://am/'],
        ['Exporter', 'http://exporter/'],
        ['Gateway', 'http://gateway/metrics'],
      ],
      remarks: [
        'Scrape and evaluation interval: 5s.',
        'This demonstration uses shorter waits and leases of 4 minutes.',
      ],
    });
    expect(info.running).toBeLessThan(600);
  });

  it('has no address of what does not run, but the reason', async () => {
    const info = await infoOf(false, { problem: () => 'No live dashboards.' });
    expect(info.addresses.map(([title]) => title)).toEqual(['Prometheus', 'Exporter', 'Gateway']);
    expect(info.remarks).toEqual([
      'Scrape and evaluation interval: 5s.',
      'No Alertmanager.',
      'No live dashboards.',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { pendingCount } from '../../recording-rules/pending-writes.js';
import type { Observation, SeenAlert } from '../../src/demo/observe.js';
import { evaluatedSince } from '../../src/demo/observe.js';
import { summarize, summaryText } from '../../src/demo/summary.js';
import { changes, type RunInfo, screen } from '../../src/demo/view.js';
import { formatSeconds, row, truncate } from '../../src/terminal/text.js';

const RELAY = 'ab'.repeat(32);
const alert = (changed: Partial<SeenAlert> = {}): SeenAlert => ({
  alert: 'GatewayPendingWritesStuck',
  severity: 'critical',
  state: 'firing',
  relay: RELAY,
  summary: `Relay ${RELAY} is stuck.`,
  seconds: 75,
  ...changed,
});
const rule = {
  type: 'recording',
  name: 'r',
  query: '1',
  health: 'ok',
  lastEvaluation: '',
  evaluationTime: 0,
} as const;
const observation = (changed: Partial<Observation> = {}): Observation => ({
  targets: [{ job: 'gateway', instance: 'g', health: 'up', lastError: '' }],
  groups: [{ name: 'g', file: 'f', interval: 5, lastEvaluation: '', evaluationTime: 0, rules: [rule] }],
  relays: [{ relay: RELAY, phase: 'stuck', pendingFor: 3700, leaseEndsIn: -61 }],
  alerts: [],
  ...changed,
});
const run: RunInfo = {
  running: 125,
  relays: [{ relay: RELAY, worker: 'worker 1', behaviour: 'the job fails' }],
  addresses: [['Prometheus', 'http://127.0.0.1:1/alerts']],
  remarks: ['A remark.'],
};
const plain = { colours: false, width: 100 };

describe('the live screen', () => {
  it('shows addresses, relays with phase, age and lease, and alerts', () => {
    expect(screen(observation({ alerts: [alert()] }), run, plain, 40)).toEqual([
      'gateway-observability simulated gateway and workers, real exporters, real Prometheus, 2m 05s',
      '',
      'Prometheus     http://127.0.0.1:1/alerts',
      '',
      '1 of 1 targets up  1 rules, 0 unhealthy  1 alerts firing, 0 pending',
      '',
      'RELAY       WORKER   PHASE       PENDING  LEASE           BEHAVIOUR',
      'ababababab… worker 1 stuck       1h 01m   over 1m 01s     the job fails',
      '',
      'ALERTS',
      'critical firing  1m 15s   GatewayPendingWritesStuck Relay ababababab… is stuck.',
      '',
      'A remark.',
      'Press Ctrl-C to stop everything and remove all temporary files.',
    ]);
  });

  it('calls a relay that the rules do not mention idle', () => {
    const lines = screen(observation({ relays: [] }), run, plain, 40);
    expect(lines).toContain('ababababab… worker 1 idle        -        -               the job fails');
    expect(lines).toContain('none yet');
  });

  it('never is wider than the terminal, and says how many alerts there is no room for', () => {
    const many = Array.from({ length: 30 }, (_, i) => alert({ alert: `Alert${i}` }));
    const lines = screen(observation({ alerts: many }), run, { colours: false, width: 60 }, 20);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(lines.some((line) => /^and \d+ more: see Prometheus, Alerts$/.test(line))).toBe(true);
  });

  it('waits for the first answer', () => {
    expect(screen(undefined, run, plain, 40)).toContain('Waiting for the first response from Prometheus.');
  });

  it('uses colours only where they are wanted', () => {
    const esc = String.fromCharCode(27);
    const text = (colours: boolean) =>
      screen(observation({ alerts: [alert()] }), run, { colours, width: 100 }, 40).join('\n');
    expect(text(false)).not.toContain(esc);
    expect(text(true)).toContain(`${esc}[31mcritical`);
  });
});

describe('plain lines', () => {
  it('tell what changed: phases, alerts that came, and alerts that went', () => {
    const before = observation({
      relays: [{ relay: RELAY, phase: 'resyncing' }],
      alerts: [alert({ state: 'pending' }), alert({ alert: 'Other' })],
    });
    const after = observation({ alerts: [alert()] });
    expect(changes(before, after, run)).toEqual([
      '  2m 05s  relay ababababab…: resyncing -> stuck',
      '  2m 05s  firing (critical) GatewayPendingWritesStuck: Relay ababababab… is stuck.',
      '  2m 05s  resolved Other of ababababab…',
    ]);
    expect(changes(after, after, run)).toEqual([]);
  });
});

describe('the summary', () => {
  it('is fine when all targets are up, all rules healthy, and every rule has samples or a reason', () => {
    const summary = summarize(
      observation(),
      [
        { record: 'a', samples: 2 },
        { record: 'b', samples: 0, emptyWhen: 'nothing is wrong' },
      ],
      12.34,
    );
    expect(summary).toMatchObject({ ok: true, problems: [], seconds: 12.3 });
    expect(summaryText(summary)).toContain('  b  empty: nothing is wrong');
    expect(summaryText(summary)).toMatch(/Everything works \(12\.3 s\)\.$/);
  });

  const bad: [string, Parameters<typeof summarize>, string][] = [
    [
      'a rule without samples or a reason',
      [observation(), [{ record: pendingCount.record, samples: 0 }], 1],
      `recording rule ${pendingCount.record} has no sample`,
    ],
    [
      'an unhealthy rule',
      [
        observation({
          groups: [
            { ...observation().groups[0]!, rules: [{ ...rule, health: 'err', lastError: 'many-to-many' }] },
          ],
        }),
        [],
        1,
      ],
      'rule r is not healthy: many-to-many',
    ],
    [
      // As Prometheus says of a rule that it has not evaluated yet.
      'a rule of unknown health beside a healthy one',
      [
        observation({
          groups: [
            { ...observation().groups[0]!, rules: [rule, { ...rule, name: 'new', health: 'unknown' }] },
          ],
        }),
        [],
        1,
      ],
      'rule new is not healthy: health is unknown',
    ],
    [
      'a target of unknown health',
      [
        observation({ targets: [{ job: 'gateway', instance: 'g', health: 'unknown', lastError: '' }] }),
        [],
        1,
      ],
      'target gateway g is not up',
    ],
    [
      'a target that is down',
      [
        observation({ targets: [{ job: 'gateway', instance: 'g', health: 'down', lastError: 'refused' }] }),
        [],
        1,
      ],
      'target gateway g is not up: refused',
    ],
    ['no target', [observation({ targets: [] }), [], 1], 'no target is scraped'],
    ['no rule', [observation({ groups: [] }), [], 1], 'no rule is loaded'],
  ];
  it.each(bad)('is not fine with %s', (_, args, problem) => {
    const summary = summarize(...args);
    expect(summary.ok).toBe(false);
    expect(summary.problems.join('\n')).toContain(problem);
    expect(summaryText(summary)).toContain('NOT everything works');
  });
});

describe('the rules are evaluated', () => {
  const group = (lastEvaluation: string) => ({ ...observation().groups[0]!, lastEvaluation });
  const moment = Date.parse('2026-01-01T00:00:10Z') / 1000;

  it.each([
    [
      'when every group was evaluated after the moment',
      ['2026-01-01T00:00:11Z', '2026-01-01T00:01:00Z'],
      true,
    ],
    ['not when one was evaluated before it', ['2026-01-01T00:00:11Z', '2026-01-01T00:00:09Z'], false],
    ['not when one was evaluated at it', ['2026-01-01T00:00:10Z'], false],
    // As Prometheus says of a group that it has not evaluated yet.
    ['not when one was never evaluated', ['2026-01-01T00:00:11Z', '0001-01-01T00:00:00Z'], false],
    ['not when there is none', [], false],
  ])('%s', (_, times, isEvaluated) => {
    expect(evaluatedSince(times.map(group), moment)).toBe(isEvaluated);
  });
});

describe('words and cells', () => {
  it('say lengths of time as people do', () => {
    expect([0, 59, 60, 3599, 3600, 90_000].map(formatSeconds)).toEqual([
      '0s',
      '59s',
      '1m 00s',
      '59m 59s',
      '1h 00m',
      '25h 00m',
    ]);
  });

  it('are cut with an ellipsis', () => {
    expect(truncate('abcdef', 4)).toBe('abc…');
    expect(truncate('abc', 3)).toBe('abc');
    expect(
      row({ colours: false, width: 10 }, [
        { text: 'abc', width: 5 },
        { text: 'defghij', width: 99 },
      ]),
    ).toBe('abc   def…');
  });
});

import { describe, expect, it } from 'vitest';
import { simulatedFindings } from '../../src/diff/simulated.js';
import { readSide } from '../../src/rule-files/parse.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { committed, replaced } from './changes.js';

const base = readSide(committed);
const played = scenarios.filter(({ name }) =>
  ['the gateway is gone', 'the gateway leaves service discovery'].includes(name),
);
const simulatedWith = (from: string | RegExp, to: string) =>
  simulatedFindings(base, readSide(replaced('gateway.alerts.yaml', from, to)), played);

describe('diff --simulate', () => {
  it('tells by how much detection is delayed', async () => {
    expect((await simulatedWith('for: 2m', 'for: 7m')).findings).toEqual([
      expect.objectContaining({
        kind: 'detection-later',
        level: 'notable',
        subject: 'alert GatewayDown',
        before: '2 min',
        after: '7 min',
        consequence: 'In the scenario “the gateway is gone” detection time changes from 2 min to 7 min.',
      }),
    ]);
  });

  it('tells that it comes earlier', async () => {
    const { findings } = await simulatedWith('        for: 2m\n', '');
    expect(findings.map(({ kind, before, after: now }) => [kind, before, now])).toEqual([
      ['detection-earlier', '2 min', '0 s'],
    ]);
  });

  it('tells that a fault is no longer detected, whether the alert went or waits for too long', async () => {
    for (const change of [
      simulatedWith('for: 2m', 'for: 30m'),
      simulatedWith(/ {6}- alert: GatewayDown\n(?:.*\n)*?\n/, ''),
    ]) {
      expect((await change).findings).toEqual([
        expect.objectContaining({ kind: 'detection-lost', level: 'breaking', subject: 'alert GatewayDown' }),
      ]);
    }
  });

  it('knows an alert under its new name', async () => {
    expect((await simulatedWith('alert: GatewayDown', 'alert: GatewayGone')).findings).toEqual([]);
  });

  it('tells that an alert fires where it was silent', async () => {
    const { findings } = await simulatedWith('up{job="gateway"} == 0', 'up{job="gateway"} >= 0');
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'detection-new', before: 'silent', subject: 'alert GatewayDown' }),
    );
  });

  it('lists the alerts that it cannot simulate, with the reason, and simulates the others', async () => {
    const others = (expr: string) =>
      readSide([
        ...committed,
        {
          path: 'loki.yaml',
          text: `groups: [{name: logs, rules: [{alert: Logs, expr: '${expr}'}, {alert: Reader, expr: 'logs:count > 0'}, {record: 'logs:count', expr: '${expr}'}]}]`,
        },
      ]);
    const logQl = (n: number) => `count_over_time({app="a"} |= "error" [5m]) > ${n}`;
    expect(await simulatedFindings(others(logQl(1)), others(logQl(2)), played)).toEqual({
      findings: [],
      note: 'No scenario was simulated. Not simulated: alert Logs (it is LogQL), alert Reader (it reads logs:count: it is LogQL).',
    });
    const broken = await simulatedFindings(others('up =='), others('up == 1'), played);
    expect(broken.note).toMatch(/^No scenario .*alert Logs \(unexpected end of the expression\)/);
    const both = readSide([
      ...replaced('gateway.alerts.yaml', 'for: 2m', 'for: 7m'),
      { path: 'loki.yaml', text: `groups: [{name: l, rules: [{alert: Logs, expr: '${logQl(1)}'}]}]` },
    ]);
    const { findings, note } = await simulatedFindings(base, both, played);
    expect(findings.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['detection-later', 'alert GatewayDown'],
    ]);
    expect(note).toMatch(/^Simulated 2 of 2 scenarios .* Not simulated: alert Logs \(it is LogQL\)\.$/);
  });

  it('simulates nothing if no alert is affected', async () => {
    const { findings, note } = await simulatedWith('up{job="gateway"} == 0', '(up{job="gateway"} == 0)');
    expect(findings).toEqual([]);
    expect(note).toContain('no scenario was simulated');
  });
});

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

  it('simulates nothing if no alert is affected', async () => {
    const { findings, note } = await simulatedWith('up{job="gateway"} == 0', '(up{job="gateway"} == 0)');
    expect(findings).toEqual([]);
    expect(note).toContain('no scenario was simulated');
  });
});

import { describe, expect, it } from 'vitest';
import { defineScenario, type Scenario } from '../../src/simulator/scenario.js';
import type { Episode } from '../../src/simulator/timeline.js';
import { placesOf, verdict } from './verdict.js';

const scenario = (setup: Partial<Scenario>) =>
  defineScenario({
    name: 'a scenario for the verdict',
    description: '',
    duration: '1h',
    relays: 3,
    actions: [],
    expect: [],
    requires: [],
    ...setup,
  });
const keys = [...placesOf(scenario({})).keys()];
const episode = (alert: string, from: number, relay?: number, severity = 'warning'): Episode => ({
  alert,
  severity,
  labels: relay === undefined ? {} : { relay: keys[relay] as string },
  from,
});
const STUCK = { anyOf: ['Stuck', 'Hung'], relays: [0, 1], detectableFrom: '10m', by: '20m' };

describe('the verdict on a scenario', () => {
  it('is empty when each relay is named in time by one of the alerts, and only information fires beside', () => {
    expect(
      verdict(scenario({ requires: [STUCK] }), [
        episode('Stuck', 600, 0),
        episode('Hung', 1200, 1, 'critical'),
        episode('Waiting', 0, 2, 'info'),
      ]),
    ).toEqual([]);
  });

  it('names relays that are found too late or not at all', () => {
    expect(verdict(scenario({ requires: [STUCK] }), [episode('Stuck', 1201, 0)])).toEqual([
      'missing: Stuck or Hung by 20m for relays 0, 1',
    ]);
  });

  it('names an alert without a relay that is missing', () => {
    const requires = [{ anyOf: ['Failing'], detectableFrom: '1m', by: '5m' }];
    expect(verdict(scenario({ requires }), [])).toEqual(['missing: Failing by 5m']);
    expect(verdict(scenario({ requires }), [episode('Failing', 300)])).toEqual([]);
  });

  it('names an alert that fires before the fault can be told from the normal case', () => {
    const early = [episode('Stuck', 599, 0), episode('Stuck', 700, 0), episode('Stuck', 700, 1)];
    expect(verdict(scenario({ requires: [STUCK] }), early)).toEqual([
      'unjustified: warning Stuck for relays 0, first at 9m59s',
    ]);
  });

  it('names warnings and pages that nothing justifies, also those of the right alert for the wrong relay', () => {
    const loud = [
      episode('Stuck', 600, 0),
      episode('Stuck', 600, 1),
      episode('Stuck', 600, 2),
      episode('Down', 90, undefined, 'critical'),
    ];
    expect(verdict(scenario({ requires: [STUCK] }), loud)).toEqual([
      'unjustified: warning Stuck for relays 2, first at 10m0s',
      'unjustified: critical Down, first at 1m30s',
    ]);
  });

  it('lets an alert fire that the scenario allows, for the relays it allows', () => {
    const allows = [{ alert: 'Old', relays: [2] }, { alert: 'Failing' }];
    expect(verdict(scenario({ allows }), [episode('Old', 0, 2), episode('Failing', 0)])).toEqual([]);
    expect(verdict(scenario({ allows }), [episode('Old', 0, 1)])).toEqual([
      'unjustified: warning Old for relays 1, first at 0m0s',
    ]);
  });
});

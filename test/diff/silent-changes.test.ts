import { describe, expect, it } from 'vitest';
import { committedSamples } from './samples.js';
import { changed, normal, numbersFrom, silentChanges } from './silent-changes.js';

describe('a random change of rules, groups, dashboards and manifests', () => {
  it('is never silent, unless it does not matter', () => {
    const samples = committedSamples();
    expect(samples.length).toBeGreaterThan(50);
    expect(silentChanges(samples, 300, 20_261_126)).toEqual([]);
  });

  it('is a change: most of them differ in the normal form', () => {
    const random = numbersFrom(1);
    const value = { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up == 0', for: '5m' }] }] };
    const before = JSON.stringify(normal(value));
    const count = Array.from({ length: 200 }, () => changed(value, random)).filter(
      ({ value: after }) => JSON.stringify(normal(after)) !== before,
    ).length;
    expect(count).toBeGreaterThan(150);
  });
});

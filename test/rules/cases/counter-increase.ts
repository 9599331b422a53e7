import type { Labels, RuleCase } from '../rule-case.js';

/** How a rule built on `increaseSinceBirth` is to be tried. */
export interface CounterIncreaseRule {
  readonly rule: string;
  /** Window of the rule in steps of 30 s; even. */
  readonly window: number;
  /** The counter's series for a job, an instance and, where it matters, one of its label values. */
  readonly series: (job: string, instance: string) => string;
  /** Labels of the recorded sample. */
  readonly labels: Labels;
  /** Series of the same metric that must not count. */
  readonly decoys: readonly string[];
  /** Whether the rule drops series that are 0. */
  readonly positiveOnly: boolean;
}

const at = (steps: number) => `${Math.floor(steps / 2)}m${steps % 2 === 0 ? '' : '30s'}`;

/** The cases of a counter whose first event must count, in the terms of its window. */
export function counterIncreaseCases({
  rule,
  window: w,
  series,
  labels,
  decoys,
  positiveOnly,
}: CounterIncreaseRule): RuleCase[] {
  const up = (instance: string, job = 'gateway') => `up{job="${job}", instance="${instance}"}`;
  const born = 4 * w;
  const half = w / 2;
  const soon = born + half + Math.max(1, Math.floor(w / 5));
  const later = born + w + half;
  const value = (n: number) => ({ labels, value: n });
  const nothing = positiveOnly ? [] : [value(0)];
  return [
    {
      rule,
      name: 'adds what newborn counters show to the increase of the others, over all processes',
      aspects: ['fires', 'silent', 'absent'],
      series: {
        [up('g1')]: `1x${6 * w}`,
        [up('g2')]: `1x${6 * w}`,
        [up('g1', 'other')]: `1x${6 * w}`,
        // born with 2, then still
        [series('gateway', 'g1')]: `_x${born} 2x${2 * w}`,
        // an old one, one more every 30 s: as many as there are steps in the window
        [series('gateway', 'g2')]: `100+1x${6 * w}`,
        [series('other', 'g1')]: `_x${born} 70x${2 * w}`,
        [series('other', 'g2')]: `100+50x${6 * w}`,
        ...Object.fromEntries(
          decoys.flatMap((decoy, i) => [[decoy, i % 2 === 0 ? `_x${born} 90x${2 * w}` : `100+90x${6 * w}`]]),
        ),
      },
      samples: { [at(born - 1)]: [value(w)], [at(soon)]: [value(w + 2)], [at(later)]: [value(w)] },
    },
    {
      rule,
      name: 'takes a counter for newborn when its process was scraped a window ago and the counter was not there',
      aspects: ['boundary'],
      series: {
        [up('g1')]: `_x${born - half} 1x${4 * w}`,
        [series('gateway', 'g1')]: `_x${born} 2x${4 * w}`,
      },
      // a window ago the process had just begun to be scraped; two windows ago it was not
      samples: { [at(soon)]: [value(2)] },
    },
    {
      rule,
      name: 'does not take a counter for newborn because its process was not scraped a window ago',
      aspects: ['boundary', 'silent'],
      series: {
        [up('g1')]: `0x${born} 1x${4 * w}`,
        [up('g2')]: `1x${6 * w}`,
        [up('g1', 'other')]: `1x${6 * w}`,
        [series('gateway', 'g1')]: `_x${born + 1} 500x${4 * w}`,
      },
      samples: { [at(soon)]: nothing },
    },
    {
      rule,
      name: 'is absent where nothing is measured',
      aspects: ['absent'],
      series: { [up('g1')]: `1x${6 * w}` },
      samples: { [at(soon)]: [] },
    },
  ];
}

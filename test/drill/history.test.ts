import { describe, expect, it } from 'vitest';
import { gatewayPendingWritePushWait, gatewayPendingWrites } from '../../metrics/gateway.js';
import { up } from '../../metrics/prometheus.js';
import { History } from '../../src/drill/history.js';
import type { Series } from '../../src/prometheus/client.js';

const PROCESS = { job: 'gateway', instance: 'a' };
type Points = readonly (readonly [number, number])[];
const scrapes = (points: Points, instance = 'a'): Series => ({
  labels: { __name__: 'up', job: 'gateway', instance },
  points: points as Series['points'],
});
const pending = (points: Points, labels: Readonly<Record<string, string>> = {}): Series => ({
  labels: { __name__: 'gateway_pending_writes', ...PROCESS, relay: 'r', ...labels },
  points: points as Series['points'],
});
const historyOf = (...pieces: Series[][]) => {
  const history = new History();
  for (const piece of pieces) history.add(piece);
  return history;
};
const metric = gatewayPendingWrites;

describe('samples of a drill', () => {
  it('are kept once and in their order, whatever the order in which they come', () => {
    const history = historyOf(
      [pending([[20, 1]])],
      [
        pending([
          [10, 0],
          [20, 5],
          [30, 1],
        ]),
        pending([[10, 1]], { relay: 's' }),
      ],
      [pending([[15, 0]])],
    );
    expect(history.tracks({ metric, labels: { relay: 'r' } })).toEqual([
      {
        labels: { __name__: 'gateway_pending_writes', ...PROCESS, relay: 'r' },
        points: [
          [10, 0],
          [15, 0],
          [20, 1],
          [30, 1],
        ],
      },
    ]);
    expect(history.tracks({ metric })).toHaveLength(2);
    expect(history.tracks({ metric, labels: { relay: 's', instance: 'b' } })).toEqual([]);
    expect(history.tracks({ metric: up })).toEqual([]);
  });

  it('belong to one series whatever the order of its labels', () => {
    const history = historyOf(
      [{ labels: { __name__: 'gateway_pending_writes', a: '1', b: '2' }, points: [[10, 0]] }],
      [{ labels: { b: '2', a: '1', __name__: 'gateway_pending_writes' }, points: [[20, 1]] }],
    );
    expect(history.tracks({ metric }).map(({ points }) => points)).toEqual([
      [
        [10, 0],
        [20, 1],
      ],
    ]);
  });

  it('of a histogram are those of its count', () => {
    const history = historyOf([
      { labels: { __name__: 'gateway_pending_write_push_wait_seconds_count' }, points: [[10, 3]] },
      { labels: { __name__: 'gateway_pending_write_push_wait_seconds_sum' }, points: [[10, 3]] },
    ]);
    expect(history.tracks({ metric: gatewayPendingWritePushWait })).toHaveLength(1);
  });

  it.each<[string, number, number | undefined, number | undefined]>([
    ['nothing before the first', 9, undefined, undefined],
    ['the one of that moment', 10, undefined, 0],
    ['the newest before it', 24, undefined, 1],
    ['nothing where the target was scraped without it since', 41, undefined, undefined],
    ['the last one until the target is scraped without it', 40, undefined, 1],
    ['one that is as old as it may be', 25, 5, 1],
    ['nothing that is older', 26, 5, undefined],
  ])('at a moment: %s', (_, time, within, value) => {
    const history = historyOf([
      scrapes([
        [10, 1],
        [20, 1],
        [30, 0],
        [40, 1],
      ]),
      scrapes([[21, 1]], 'b'),
      pending([
        [10, 0],
        [20, 1],
      ]),
    ]);
    const found = within === undefined ? history.at({ metric }, time) : history.at({ metric }, time, within);
    expect(found.map((sample) => sample.value)).toEqual(value === undefined ? [] : [value]);
  });

  it('are absent where any of several targets of that name was scraped without them', () => {
    const up = (cluster: string, points: Points) => ({
      labels: { ...scrapes(points).labels, cluster },
      points,
    });
    const history = historyOf([
      up('a', [
        [10, 1],
        [30, 1],
      ]),
      up('b', [[20, 1]]),
      pending([[10, 1]]),
    ]);
    expect([20, 25].map((time) => history.at({ metric }, time).length)).toEqual([1, 0]);
  });

  it('are forgotten after five minutes', () => {
    const history = historyOf([pending([[10, 1]])]);
    expect(history.at({ metric }, 310)).toMatchObject([{ time: 10, value: 1 }]);
    expect(history.at({ metric }, 311)).toEqual([]);
  });

  it('are looked at again when a scrape was added', () => {
    const history = historyOf([scrapes([[10, 1]]), pending([[10, 1]])]);
    expect(history.at({ metric }, 30)).toHaveLength(1);
    history.add([scrapes([[20, 1]])]);
    expect(history.at({ metric }, 30)).toEqual([]);
  });
});

describe('changes', () => {
  const changesOf = (points: Points, up: Points, from = 0, firstSights = false) =>
    historyOf([scrapes(up), pending(points)])
      .changes({ metric }, from, { firstSights })
      .map(({ time, from: before, to }) => [time, before, to]);
  const UP: Points = [
    [10, 1],
    [20, 1],
    [30, 1],
    [40, 1],
    [50, 1],
  ];

  it.each<[string, Points, number, readonly (readonly (number | undefined)[])[]]>([
    [
      'are none while the value stays',
      [
        [10, 1],
        [20, 1],
        [30, 1],
      ],
      0,
      [],
    ],
    [
      'are from one value to another',
      [
        [10, 0],
        [20, 1],
        [30, 1],
        [40, 0],
      ],
      0,
      [
        [20, 0, 1],
        [40, 1, 0],
      ],
    ],
    [
      'count from a moment on, that one included',
      [
        [10, 0],
        [20, 1],
        [30, 0],
      ],
      20,
      [
        [20, 0, 1],
        [30, 1, 0],
      ],
    ],
    [
      'before that moment do not count',
      [
        [10, 0],
        [20, 1],
        [30, 0],
      ],
      21,
      [[30, 1, 0]],
    ],
    [
      'have the series appear where its target was scraped without it',
      [
        [20, 1],
        [30, 1],
      ],
      0,
      [[20, undefined, 1]],
    ],
    [
      'have it appear again with the same value after a scrape without it',
      [
        [10, 1],
        [30, 1],
      ],
      0,
      [[30, undefined, 1]],
    ],
  ])('%s', (_, points, from, changes) => {
    expect(changesOf(points, UP, from)).toEqual(changes);
  });

  it('do not take a series for new if no one looked for it before, unless asked', () => {
    const down: Points = [
      [10, 0],
      [20, 1],
    ];
    expect(changesOf([[20, 1]], down)).toEqual([]);
    expect(changesOf([[20, 1]], down, 0, true)).toEqual([[20, undefined, 1]]);
    // A scrape that failed shows no lack.
    expect(
      changesOf(
        [
          [10, 1],
          [30, 1],
        ],
        [
          [10, 1],
          [20, 0],
          [30, 1],
        ],
      ),
    ).toEqual([]);
  });

  it('of several processes are in the order of time', () => {
    const history = historyOf([
      scrapes(UP),
      scrapes(UP, 'b'),
      pending([
        [10, 0],
        [40, 1],
      ]),
      pending(
        [
          [10, 0],
          [30, 1],
        ],
        { instance: 'b' },
      ),
    ]);
    const times = history.changes({ metric }, 0).map(({ time, labels }) => [time, labels.instance]);
    // At 30 and 20 the other samples are missing, so that both appear again.
    expect(times).toEqual([
      [30, 'b'],
      [40, 'a'],
    ]);
  });

  it('of a counter are counts where it rose, was born, or counted again after a restart', () => {
    const history = historyOf([
      scrapes(UP),
      pending([
        [10, 4],
        [20, 6],
        [30, 2],
        [40, 2],
        [50, 0],
      ]),
      pending(
        [
          [20, 0],
          [30, 1],
        ],
        { relay: 's' },
      ),
      pending([[30, 1]], { relay: 't' }),
    ]);
    expect(history.counts({ metric }, 0).map(({ time, from, to }) => [time, from, to])).toEqual([
      [20, 4, 6],
      [30, 6, 2],
      [30, 0, 1],
      [30, undefined, 1],
    ]);
    expect(history.counts({ metric }, 31)).toEqual([]);
  });
});

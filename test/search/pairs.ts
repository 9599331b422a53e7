import { type BuildOptions, OBSERVED_BUILD, RUNBOOK_BUILD } from '../../src/simulator/build.js';
import { type Action, defineScenario, type Scenario, seconds } from '../../src/simulator/scenario.js';

/** Two worlds with the same samples in which another relay is at fault, or none. */
export interface Pair {
  /** The anchor in docs/system.md. */
  readonly id: string;
  readonly what: string;
  readonly worlds: readonly [Scenario, Scenario];
  /** When the worlds become different although their samples stay the same; only for pairs that excuse a violation. */
  readonly hiddenFrom?: string;
}

const world = (setup: Partial<Scenario>, actions: readonly Action[]): Scenario =>
  defineScenario({
    name: 'one of two worlds',
    description: 'See docs/system.md, what cannot be detected.',
    duration: '1h',
    relays: 2,
    workers: [[0], [1]],
    seededCounters: true,
    // Any client of a mirror moves its gauges, so they prove nothing.
    mirrors: false,
    // Chance would make a difference where there is none.
    timings: { pushJitter: 0, reconnect: [3, 3], resync: [5, 5], rotation: [0.5, 0.5] },
    ...setup,
    actions,
    expect: [],
  });

/** The same world, with the two relays in each other's place. */
const swapped = (of: (relay: number, other: number) => Scenario): [Scenario, Scenario] => [
  of(0, 1),
  of(1, 0),
];

/** As long as the longest world of the search, after what is hidden. */
const LONG = '8h30m';
/** The registrations of two relays are lost while their workers are away. One worker is back, the other one is cut off. */
const cutOff = (relay: number, before: readonly Action[], after: readonly Action[]): Scenario =>
  world({ duration: LONG, registrations: 'run out' }, [
    { at: '1m', do: 'worker restarts' },
    ...before,
    { at: '15m', do: 'worker goes offline' },
    { at: '16m', do: 'lease is requested' },
    { at: '16m30s', do: 'a write arrives' },
    { at: '30m', do: 'worker comes back', workers: [relay] },
    ...after,
    // Every worker writes its file when this is over.
    { at: '40m', do: 'state file is torn', for: '5m' },
  ]);
/** Relay 0 is cleared through another process than the one whose gauge says pending, which restarts later. */
const standingGauge = (
  what: string,
  build: BuildOptions,
  {
    away = [],
    gateways,
    after = [],
  }: { away?: readonly Action[]; gateways?: number[]; after?: readonly Action[] } = {},
): Pair => {
  const blink: readonly Action[] = [{ at: '40m32s', do: 'worker goes offline', for: '6s' }];
  const write: readonly Action[] = [
    { at: '40m33s', do: 'lease is requested', relays: [0] },
    { at: '40m35s', do: 'a write arrives', through: 'drive', relays: [0] },
  ];
  const of = (hidden: readonly Action[]) =>
    world({ duration: LONG, gateways: 2, resyncAnsweredBy: 'another process', build }, [
      { at: '1m', do: 'worker restarts' },
      { at: '5m', do: 'worker goes offline', for: '5m' },
      { at: '6m', do: 'lease is requested' },
      { at: '6m30s', do: 'a write arrives', relays: [0] },
      ...away,
      ...hidden,
      { at: '40m45s', do: 'gateway restarts', ...(gateways === undefined ? {} : { gateways }) },
      ...after,
    ]);
  return {
    id: 'undetectable-standing-gauge',
    what: `a relay whose gauge stands still gets a lease and a write just before a restart, or not; ${what}`,
    hiddenFrom: '40m35s',
    worlds: [of([...(away.length > 0 ? [] : blink), ...write]), of([])],
  };
};
const standingGauges: readonly Pair[] = [
  standingGauge('the build that is observed', OBSERVED_BUILD),
  standingGauge('a build that does what the runbook says', RUNBOOK_BUILD),
  standingGauge(
    'its worker is away, and its lease is over',
    { ...OBSERVED_BUILD, leaseExpiry: 'enforced' },
    {
      away: [{ at: '30m', do: 'worker goes offline', for: '1h' }],
    },
  ),
  standingGauge('only one process restarts', OBSERVED_BUILD, { gateways: [0] }),
  standingGauge('another write and its clearing follow', OBSERVED_BUILD, {
    after: [
      { at: '50m', do: 'worker goes offline', for: '30m' },
      { at: '51m', do: 'lease is requested' },
      { at: '51m30s', do: 'a write arrives', relays: [0] },
    ],
  }),
];

/** The pairs that docs/system.md explains. */
export const pairs: readonly Pair[] = [
  {
    id: 'undetectable-lost-registration',
    what: 'one of two workers with a lost registration is back and writes nothing',
    worlds: swapped((relay) =>
      world({ registrations: 'run out' }, [
        { at: '5m', do: 'worker goes offline' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        { at: '20m', do: 'worker comes back', workers: [relay] },
      ]),
    ),
  },
  {
    id: 'undetectable-left-before-job',
    what: 'the job of one of two workers fails, and the other one is closed before its job ends',
    worlds: swapped((relay, other) =>
      world({}, [
        { at: '5m', do: 'worker goes offline', for: '5m' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        { at: '9m', do: 'jobs fail', relays: [relay] },
        { at: '10m17s', do: 'worker goes offline', how: 'closed', workers: [other] },
      ]),
    ),
  },
  {
    id: 'undetectable-drive-upload',
    what: 'a drive upload is accepted and never marked, or no upload happens at all',
    worlds: [
      [{ at: '12m', do: 'a write arrives', through: 'drive', relays: [0] }] as Action[],
      [] as Action[],
    ].map((uploads) =>
      world({ registrations: 'run out' }, [
        { at: '5m', do: 'worker goes offline' },
        { at: '11m', do: 'lease is requested' },
        ...uploads,
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-renewal',
    what: 'one of two leases is renewed while no write refreshes a gauge',
    worlds: swapped((relay) =>
      world({ registrations: 'run out' }, [
        { at: '5m', do: 'worker goes offline' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m1s', do: 'lease is requested', relays: [relay] },
        { at: '14m', do: 'writes arrive', perMinute: 4, for: '20m', relays: [0, 1] },
        { at: '15m', do: 'lease is requested', relays: [relay] },
      ]),
    ),
  },
  {
    id: 'undetectable-cleared-before-restart',
    what: 'a relay is cleared by hand, or not, and the gateway restarts before the next scrape',
    hiddenFrom: '10m5s',
    worlds: [
      [{ at: '10m5s', do: 'metadata is cleared by hand', relays: [0] }] as Action[],
      [] as Action[],
    ].map((clearing) =>
      world({ duration: LONG }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline', for: '30m' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        ...clearing,
        { at: '10m15s', do: 'gateway restarts' },
        { at: '1h', do: 'writer is rotated by hand' },
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-cleared-before-restart',
    what: 'a worker ingests a relay and its cleared push is lost; a lease and a write follow before the gateway restarts, or not',
    hiddenFrom: '10m23s',
    worlds: [
      [
        { at: '10m21s', do: 'worker goes offline', for: '3s' },
        { at: '10m22s', do: 'lease is requested', relays: [0] },
        { at: '10m23s', do: 'a write arrives', through: 'drive', relays: [0] },
      ] as Action[],
      [] as Action[],
    ].map((write) =>
      world({ duration: LONG }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline', for: '5m' },
        { at: '6m', do: 'lease is requested', relays: [0] },
        { at: '6m30s', do: 'a write arrives', relays: [0] },
        { at: '9m', do: 'cleared pushes are lost' },
        ...write,
        { at: '10m28s', do: 'gateway restarts' },
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-cleared-before-restart',
    what: 'Prometheus is down, the gateway forgets a relay or not before the worker is back, and the file of the worker is deleted',
    hiddenFrom: '9m30s',
    worlds: [[{ at: '9m30s', do: 'gateway restarts' }] as Action[], [] as Action[]].map((restart) =>
      world({ duration: LONG }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline', how: 'closed', for: '5m' },
        { at: '6m', do: 'lease is requested', relays: [0] },
        { at: '6m30s', do: 'a write arrives', relays: [0] },
        { at: '9m', do: 'Prometheus is down', for: '5m' },
        ...restart,
        { at: '12m', do: 'worker goes offline', how: 'closed' },
        { at: '12m30s', do: 'state file is deleted' },
        { at: '13m', do: 'gateway restarts' },
        { at: '1h', do: 'worker comes back' },
      ]),
    ) as unknown as Pair['worlds'],
  },
  ...standingGauges,
  {
    id: 'undetectable-written-while-cut-off',
    what: 'a worker writes its file while its network is cut, or while it is connected for a few seconds',
    hiddenFrom: '45m6s',
    worlds: [
      [
        { at: '45m3s', do: 'worker comes back' },
        { at: '45m16s', do: 'worker goes offline' },
      ] as Action[],
      [] as Action[],
    ].map((connection) =>
      world({ duration: LONG, registrations: 'run out' }, [
        { at: '1m', do: 'worker restarts' },
        { at: '15m', do: 'worker goes offline' },
        { at: '16m', do: 'lease is requested' },
        { at: '16m30s', do: 'a write arrives' },
        // Every worker writes its file when this is over.
        { at: '40m10s', do: 'state file is torn', for: '5m' },
        ...connection,
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-outside-discovery',
    what: 'a process that is not in service discovery holds a relay whose job hangs, or it was cleared there by hand',
    hiddenFrom: '12m',
    worlds: [[], [{ at: '12m', do: 'metadata is cleared by hand', relays: [0] }] as Action[]].map(
      (clearing) =>
        world({ duration: LONG, gateways: 2 }, [
          { at: '1m', do: 'worker restarts' },
          { at: '4m', do: 'gateway leaves service discovery', gateways: [0], for: '9h' },
          { at: '5m', do: 'worker goes offline', for: '5m' },
          { at: '6m', do: 'lease is requested', relays: [0] },
          { at: '6m30s', do: 'a write arrives', relays: [0] },
          { at: '8m', do: 'jobs hang', workers: [0] },
          { at: '9m', do: 'cleared pushes are lost', workers: [0] },
          ...clearing,
        ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-zero-of-another-process',
    what: 'a relay that another process calls cleared is cleared there once more, or not, and the process that calls it pending restarts',
    worlds: [
      [{ at: '9m5s', do: 'metadata is cleared by hand', relays: [0] }] as Action[],
      [] as Action[],
    ].map((clearing) =>
      world({ gateways: 2, resyncAnsweredBy: 'another process' }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline', for: '10m' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives', relays: [0] },
        { at: '8m', do: 'metadata is cleared by hand', relays: [0] },
        { at: '8m40s', do: 'a write arrives', relays: [0] },
        ...clearing,
        { at: '9m10s', do: 'gateway restarts', gateways: [0] },
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-deleted-file',
    what: 'the job of one of two workers fails, and its file is deleted, while the other worker is away',
    worlds: swapped((relay) =>
      world({}, [
        { at: '5m', do: 'worker goes offline' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        { at: '9m', do: 'jobs fail', relays: [0, 1] },
        { at: '10m25s', do: 'worker comes back', workers: [relay] },
        { at: '10m40s', do: 'state file is deleted', workers: [relay] },
      ]),
    ),
  },
  {
    id: 'undetectable-written-while-cut-off',
    what: 'one of two workers with a lost registration is back, the other is cut off, and both write their files',
    hiddenFrom: '45m',
    worlds: swapped((relay) => cutOff(relay, [], [])),
  },
  {
    id: 'undetectable-written-while-cut-off',
    what: 'the same, and the files say cleared because of an earlier write',
    hiddenFrom: '45m',
    worlds: swapped((relay) =>
      cutOff(
        relay,
        [
          { at: '5m', do: 'worker goes offline', for: '3m' },
          { at: '6m', do: 'lease is requested' },
          { at: '6m30s', do: 'a write arrives' },
        ],
        [],
      ),
    ),
  },
  {
    id: 'undetectable-written-while-cut-off',
    what: 'the same, and a restart of the gateway has removed the gauges',
    hiddenFrom: '45m',
    worlds: swapped((relay) => cutOff(relay, [], [{ at: '35m', do: 'gateway restarts' }])),
  },
];

/** For how long what is hidden in the pairs of this anchor is shown to leave no trace, in seconds. */
export function hiddenFor(id: string): number {
  return Math.min(
    ...pairs
      .filter((pair) => pair.id === id)
      .map(({ worlds: [{ duration }], hiddenFrom }) =>
        hiddenFrom === undefined ? 0 : seconds(duration) - seconds(hiddenFrom),
      ),
  );
}

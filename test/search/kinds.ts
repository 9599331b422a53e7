import { gatewayBlindPeerActive } from '../../metrics/gateway.js';
import { POLICY_REFUSALS } from '../../src/simulator/escrow.js';
import type { Happening } from '../../src/simulator/happening.js';
import type { Random } from '../../src/simulator/random.js';
import { seconds } from '../../src/simulator/scenario.js';
import type { Absence } from '../../src/simulator/worker.js';

/** What a fault has to choose from. */
export interface Choice {
  readonly random: Random;
  readonly relays: number;
  readonly workers: number;
  readonly gateways: number;
  readonly escrow: boolean;
  /** How long the fault lasts, as a duration. */
  readonly length: string;
}

/** A happening and how long after the fault's begin it comes, in seconds. */
export interface Step {
  readonly after: number;
  readonly what: Happening;
}

const now = (what: Happening): Step[] => [{ after: 0, what }];

/** Some of the places below `count`, at least one and at most `most`. */
export function some(random: Random, count: number, most: number): number[] {
  const places = Array.from({ length: count }, (_, i) => i);
  const size = 1 + random.index(Math.max(1, Math.min(count, most)));
  for (let i = 0; i < size; i++) {
    const other = i + random.index(count - i);
    [places[i], places[other]] = [places[other] as number, places[i] as number];
  }
  return places.slice(0, size).sort((a, b) => a - b);
}

const someRelays = ({ random, relays }: Choice) => some(random, relays, Math.ceil(relays / 3));
const someWorkers = ({ random, workers }: Choice) => some(random, workers, workers);
const someGateways = ({ random, gateways }: Choice) => some(random, gateways, gateways);

/** A worker is away, users write under leases meanwhile. */
const away =
  (how: Absence) =>
  (choice: Choice): Step[] => {
    const { random, length } = choice;
    const relays = someRelays(choice);
    const renewed = random.next() < 0.6;
    return [
      { after: 0, what: { do: 'worker goes offline', how, workers: someWorkers(choice), for: length } },
      {
        after: 60 + random.index(60),
        what: { do: 'lease is requested', relays, ...(renewed ? { every: '8m', for: length } : {}) },
      },
      {
        after: 130 + random.index(120),
        what: {
          do: 'writes arrive',
          relays,
          perMinute: random.between(0.2, 4),
          for: length,
          through: random.next() < 0.7 ? 'websocket' : 'drive',
        },
      },
    ];
  };

/** A short outage with writes in which the fault shows: without anything pending most faults of workers change nothing. */
function withOutage(choice: Choice, fault: readonly Step[]): Step[] {
  const { random } = choice;
  if (random.next() < 0.25) return [...fault];
  // Those that the fault concerns, or it would show in few worlds, and others.
  const affected = fault.flatMap(({ what }) => ('relays' in what ? (what.relays ?? []) : []));
  const relays = [...new Set([...affected, ...someRelays(choice)])].sort((a, b) => a - b);
  const how = (['network', 'closed', 'asleep'] as const)[random.index(3)] as Absence;
  const length = 240 + random.index(600);
  return [
    ...fault,
    { after: 20, what: { do: 'worker goes offline', how, for: `${length}s` } },
    { after: 80, what: { do: 'lease is requested', relays } },
    {
      after: 90 + random.index(60),
      what: {
        do: 'writes arrive',
        relays,
        perMinute: random.between(1, 4),
        for: `${length}s`,
        through: random.next() < 0.6 ? 'websocket' : 'drive',
      },
    },
  ];
}

/** The same, but the fault comes towards the end of the outage. */
const inOutage = (choice: Choice, fault: readonly Step[]): Step[] =>
  withOutage(
    choice,
    fault.map((step) => ({ ...step, after: step.after + 200 })),
  );

/**
 * With relays that are written to, pushed and cleared all the time: their workers write their files, their pushes must not hide
 * that others are not pushed to, and their rotations displace those of others from the files.
 */
const besideBusy = (choice: Choice, fault: readonly Step[]): Step[] => {
  const { random, relays } = choice;
  if (random.next() < 0.4) return [...fault];
  const every = `${20 + random.index(160)}s`;
  const lasting = `${40 + random.index(50)}m`;
  return [
    ...fault,
    {
      after: 30,
      what: { do: 'a replica session writes', relays: some(random, relays, 3), every, for: lasting },
    },
  ];
};

/** Every kind of fault that the search knows: how it happens. */
export const kinds = {
  'worker away': away('network'),
  'lid closed': away('lid closed'),
  'host asleep': away('asleep'),
  'app closed': away('closed'),
  'host off': away('switched off'),
  'network cut': ({ length }) => now({ do: 'worker goes offline', how: 'network', for: length }),
  'worker restarts': (choice) => [
    { after: 0, what: { do: 'worker restarts', workers: someWorkers(choice) } },
  ],
  'jobs fail': (choice) =>
    withOutage(choice, now({ do: 'jobs fail', relays: someRelays(choice), for: choice.length })),
  'jobs hang': (choice) =>
    withOutage(choice, now({ do: 'jobs hang', workers: someWorkers(choice), for: choice.length })),
  'pushes refused': (choice) =>
    besideBusy(
      choice,
      withOutage(choice, now({ do: 'pushes are refused', workers: someWorkers(choice), for: choice.length })),
    ),
  'registration lost': (choice) =>
    besideBusy(choice, inOutage(choice, now({ do: 'registrations are lost', relays: someRelays(choice) }))),
  'registration store fails': (choice) =>
    inOutage(choice, now({ do: 'registration store fails', for: choice.length })),
  'metadata overwritten': (choice) =>
    besideBusy(
      choice,
      inOutage(
        choice,
        now(
          choice.random.next() < 0.5
            ? { do: 'worker syncs its metadata', workers: someWorkers(choice) }
            : { do: 'relay is registered again', relays: someRelays(choice) },
        ),
      ),
    ),
  'metadata cleared by hand': (choice) =>
    inOutage(choice, now({ do: 'metadata is cleared by hand', relays: someRelays(choice) })),
  'cleared pushes lost': (choice) =>
    withOutage(
      choice,
      now({ do: 'cleared pushes are lost', workers: someWorkers(choice), for: choice.length }),
    ),
  'escrow down': (choice) => inOutage(choice, now({ do: 'escrow is down', for: choice.length })),
  'leases refused': (choice) =>
    now({
      do: 'leases are refused',
      relays: someRelays(choice),
      reason: POLICY_REFUSALS[choice.random.index(POLICY_REFUSALS.length)] as (typeof POLICY_REFUSALS)[0],
      for: choice.length,
    }),
  'rotations fail': (choice) => {
    const relays = someRelays(choice);
    const rotated = choice.random.next() < 0.7 ? relays : someRelays(choice);
    return besideBusy(choice, [
      { after: 0, what: { do: 'rotations fail', relays, for: choice.length } },
      { after: 20, what: { do: 'writer is rotated by hand', relays: rotated } },
    ]);
  },
  'mirrors stale': (choice) => {
    const { random, length: drawn } = choice;
    const relays = someRelays(choice);
    if (random.next() < 0.3) return now({ do: 'mirrors go stale', relays, for: drawn });
    // A stale mirror matters to readers whom no worker serves, and only some time later.
    const length = seconds(drawn) < 1800 ? '40m' : drawn;
    return [
      { after: 0, what: { do: 'mirrors go stale', relays, for: length } },
      { after: 30, what: { do: 'worker goes offline', how: 'network', for: length } },
      { after: 90, what: { do: 'reads arrive', relays, perMinute: random.between(1, 4), for: length } },
    ];
  },
  'mirror service stops': ({ length }) => now({ do: 'mirror service stops', for: length }),
  'gateway restarts': (choice) => [
    {
      after: 0,
      what: {
        do: 'gateway restarts',
        gateways: someGateways(choice),
        downFor: `${2 + choice.random.index(100)}s`,
      },
    },
  ],
  'rolling restart': ({ gateways, random }) =>
    Array.from({ length: gateways }, (_, place) => ({
      after: place * (30 + random.index(120)),
      what: { do: 'gateway restarts', gateways: [place], downFor: `${2 + random.index(30)}s` },
    })),
  'gateway down': (choice) =>
    now({ do: 'gateway stops', gateways: someGateways(choice), for: choice.length }),
  'gateway not scraped': (choice) =>
    now({ do: 'gateway is not scraped', gateways: someGateways(choice), for: choice.length }),
  'gateway leaves discovery': (choice) =>
    now({ do: 'gateway leaves service discovery', gateways: someGateways(choice), for: choice.length }),
  'gateway loses a metric': (choice) =>
    now({
      do: 'gateway loses a metric',
      metric: gatewayBlindPeerActive,
      gateways: someGateways(choice),
      for: choice.length,
    }),
  'Prometheus down': ({ length }) => now({ do: 'Prometheus is down', for: length }),
  'counter reset unseen': ({ random }) => [
    { after: 0, what: { do: 'Prometheus is down', for: '4m' } },
    { after: 30 + random.index(120), what: { do: 'gateway restarts', downFor: '5s' } },
  ],
  'exporter down': (choice) =>
    now({ do: 'exporter stops', workers: someWorkers(choice), for: choice.length }),
  'exporter leaves discovery': (choice) =>
    now({ do: 'exporter leaves service discovery', workers: someWorkers(choice), for: choice.length }),
  'file torn': (choice) =>
    now({ do: 'state file is torn', workers: someWorkers(choice), for: choice.length }),
  'file spliced': (choice) =>
    now(
      choice.random.next() < 0.5
        ? { do: 'state file is spliced', workers: someWorkers(choice) }
        : {
            do: 'resync cycles splice the file',
            workers: someWorkers(choice),
            share: 0.4,
            for: choice.length,
          },
    ),
  'file deleted': (choice) => now({ do: 'state file is deleted', workers: someWorkers(choice) }),
  'clock off': (choice) =>
    now({
      do: 'worker clock is off',
      workers: someWorkers(choice),
      by: `${1 + choice.random.index(180)}m`,
      ...(choice.random.next() < 0.5 ? { slow: true } : {}),
      for: choice.length,
    }),
  'relays come and go': (choice) =>
    now({ do: 'relays leave', relays: someRelays(choice), for: choice.length }),
} as const satisfies Readonly<Record<string, (choice: Choice) => Step[]>>;

export type Kind = keyof typeof kinds;
/** Faults that a site without escrow cannot have. */
export const NEED_ESCROW: readonly Kind[] = ['escrow down', 'leases refused'];
/** Faults during which no rule is evaluated. */
export const STOP_PROMETHEUS: readonly Kind[] = ['Prometheus down', 'counter reset unseen'];

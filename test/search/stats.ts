import { dashboards } from '../../dashboards/index.js';
import { NO_LEASE } from '../../dashboards/shared/selectors.js';
import { PHASES } from '../../recording-rules/phase.js';
import type { QueryDefinition } from '../../src/model/dashboard.js';
import type { Site } from '../../src/model/site.js';
import { USUAL_TIMINGS } from '../../src/simulator/build.js';
import { claims } from './claims.js';
import type { Violation } from './judge.js';
import { phaseContradicts, settledFor } from './phases.js';
import type { Moment, RelayMoment } from './truth.js';
import type { View } from './view.js';

/** A value that a stat of a dashboard shows at a time that is looked at. Stats without a value are absent. */
export interface Stat {
  readonly time: number;
  /** As in {@link statKey}. */
  readonly key: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The relay that the dashboard shows, where it shows one. */
  readonly relay: number | undefined;
}

/** A query of a stat: the dashboard's uid, the panel's id, and the query's place in the panel. */
const statKey = (uid: string, panel: number, query: number) => `${uid}/${panel}/${query}`;

interface StatQuery {
  readonly key: string;
  readonly query: QueryDefinition;
  /** Whether its dashboard shows a single relay. */
  readonly ofRelay: boolean;
}

/** Every query of every stat of the dashboards. */
export const statQueries: readonly StatQuery[] = dashboards.flatMap(({ uid, relays, rows }) =>
  rows
    .flatMap(({ panels }) => panels)
    .filter(({ kind }) => kind === 'stat')
    .flatMap(({ id, queries }) =>
      queries.map((query, i) => ({ key: statKey(uid, id, i), query, ofRelay: relays?.choose === 'one' })),
    ),
);

/** The query with values for the dashboard's variables. */
export function withVariables(
  { query }: StatQuery,
  site: Site,
  values: Readonly<Record<string, string>>,
): string {
  return query.expr(site).replaceAll(/\$(\w+)/g, (_, name: string) => values[name] ?? '.*');
}

/** What a stat shows, and the world around the time at which it does. */
interface Shown {
  readonly view: View;
  readonly time: number;
  readonly value: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly relay: number;
  /** The moments of the last evaluations and scrapes. */
  readonly moments: readonly Moment[];
}

/** The least and the most. */
type Between = readonly [number, number];

/** Why a stat contradicts the world; undefined where it does not. */
type Contradiction = (shown: Shown) => string | undefined;

/** The value lies between what held all the time and what held at some time. */
const within = (value: number | undefined, [least, most]: Between): string | undefined =>
  value === undefined || (value >= least && value <= most)
    ? undefined
    : `shows ${value}, expected ${least} to ${most}`;

/** The least and the most of a count over moments. */
const range = (moments: readonly Moment[], count: (moment: Moment) => number): Between => {
  const counts = moments.map(count);
  return [Math.min(...counts), Math.max(...counts)];
};

const number = (of: readonly unknown[]) => of.length;

/** How many relays certainly are, and may be, in a state. */
const relays = (view: View, certain: (relay: number) => boolean, possible: (relay: number) => boolean) => {
  const all = view.truth.keys.map((_, relay) => relay);
  return [number(all.filter(certain)), number(all.filter(possible))] as const;
};

const ones = (moments: readonly Moment[], relay: number) =>
  moments.map((moment) => moment.relays[relay] as RelayMoment);

/** Whether the relay was cleared between some of these moments: a scrape may have been just then. */
const isClearedAmong = ({ truth, times }: View, relay: number, moments: readonly Moment[]) =>
  truth.count('reported', relay, (moments[0]?.time ?? 0) - times.scrape, moments.at(-1)?.time ?? 0) > 0;

/** The time since which something counts that a rule reads over a window. */
const since = (view: View, time: number, window: number) =>
  view.back(time, window + view.times.latency, (moment) => view.gatewaysSeen(moment));

/** Relays that are called stuck, also where another phase comes first. */
const stuck: Contradiction = ({ view, time, value }) =>
  within(
    value,
    relays(
      view,
      () => false,
      (relay) =>
        claims.GatewayPendingWritesStuck?.(view, { relay, worker: -1, gateway: -1, time, begins: false }) ===
        true,
    ),
  );

const inPhase =
  (code: number): Contradiction =>
  ({ view, time, value, moments }) =>
    within(
      value,
      relays(
        view,
        (relay) =>
          code === PHASES.blocked &&
          view.steadilyRejected(relay, moments) &&
          ones(moments, relay).every(({ gauge }) => gauge),
        (relay) => phaseContradicts(view, relay, time, code) === undefined,
      ),
    );

/** Whether scrapes of the only gateway certainly show an increase of reads within the rate's window. */
const certainlyRead = (view: View, relay: number, time: number) => {
  const { scrape, rateWindow } = view.times;
  if (view.truth.gateways.length > 1) return false;
  const seen = view.truth.between(time - rateWindow - scrape, time).every((one) => view.gatewaysSeen(one));
  // The first read gives a counter its first sample, and a restart takes what was counted since the last scrape.
  return (
    seen &&
    [1, 2, 3].every(
      (k) => view.truth.count('read', relay, time - (k + 1) * scrape, time - k * scrape - 1) > 0,
    )
  );
};

const anyPush = (view: View, event: 'push delivered' | 'push failed', time: number) =>
  view.truth.keys.some(
    (_, relay) => view.truth.count(event, relay, since(view, time, view.times.pushWindow), time) > 0,
  );

/** Mirrors of a relay: one of its data, one of its drive. */
const MIRRORS = 2;
const mirrors =
  (active: boolean): Contradiction =>
  ({ view, value, moments }) => {
    if (moments.some(({ mirrorsActive }) => !mirrorsActive)) return undefined;
    if (view.played.scenario.mirrors !== true)
      return value === undefined ? undefined : `shows ${value}, and no mirror is exposed`;
    const counts = (longer: number) =>
      range(moments, ({ relays }) => {
        const isActive = ({ mirrorLag }: RelayMoment) =>
          mirrorLag !== undefined && mirrorLag / 1000 + longer < USUAL_TIMINGS.mirrorActive;
        return MIRRORS * number(relays.filter((relay) => isActive(relay) === active));
      });
    // A mirror may be inactive between two moments only.
    const known = [...counts(0), ...counts(view.truth.step)];
    return within(value, [Math.min(...known), Math.max(...known)]);
  };

/** Whether the only gateway has released the relay's lease and reports it: a rule that asks it need not trust a worker's file. */
const isReleased = (view: View, relay: number, time: number) => {
  const { truth } = view;
  const released = truth.last('lease released', relay, time - settledFor(view));
  const granted = truth.last('lease granted', relay, time);
  if (truth.gateways.length > 1 || released === undefined || (granted ?? 0) > released) return false;
  // A gauge that is gone is one of a process that has restarted, and has forgotten its leases.
  return truth
    .between(released + truth.step, time)
    .every((moment) => moment.relays[relay]?.gauge || moment.relays[relay]?.gaugeZero);
};

/**
 * Leases that are recorded as valid: a rule may miss a renewal, but not that a lease has run out. The file of a worker whose cleared push
 * was lost names a released lease up to its expiry, which shows only while the gateway has forgotten the release.
 */
const mayHoldLease = (view: View, relay: number, time: number, moments: readonly Moment[]) =>
  // After a time without scrapes, the latest possible expiry is assumed.
  !view.truth.between(time - LEASE, time).every((moment) => view.gatewaysSeen(moment)) ||
  ones(moments, relay).some(
    (one) => one.leaseValid || (view.notified(one) && !isReleased(view, relay, time)),
  ) ||
  // A lease may be released between two moments.
  view.truth.count('push delivered', relay, time - settledFor(view), time) > 0;

const validLeases: Contradiction = ({ view, time, value, moments }) =>
  within(
    value,
    relays(
      view,
      () => false,
      (relay) => mayHoldLease(view, relay, time, moments),
    ),
  );
/** Twice as long as a lease lasts. */
const LEASE = 1200;

const files = (of: 'pending' | 'known'): Contradiction => {
  const isNew = (moment: Moment, worker: number) => moment.workers[worker]?.mtime === undefined;
  /** @param hidden what counts for a relay of a worker whose file may show it or not; undefined where it shows it */
  const counts = (moment: Moment, hidden: (worker: number) => number | undefined) =>
    moment.relays.reduce(
      (sum, { workers }) =>
        workers.reduce(
          (all, { worker, state }) =>
            all + (hidden(worker) ?? Number(of === 'pending' ? state === 'pending' : state !== undefined)),
          sum,
        ),
      0,
    );
  return ({ view, time, value, moments }) => {
    if (!moments.every((moment) => moment.workers.every((_, worker) => view.fileSeen(moment, worker))))
      return undefined;
    // A worker that starts, or whose file was deleted, writes the new file entry by entry.
    const starts = view.truth.workers.map((_, worker) =>
      moments.some(({ workers }) => workers[worker]?.started),
    );
    const [least] = range(moments, (moment) =>
      counts(moment, (worker) => (isNew(moment, worker) || starts[worker] ? 0 : undefined)),
    );
    const [, most] = range(moments, (moment) =>
      counts(moment, (worker) => (isNew(moment, worker) ? 1 : undefined)),
    );
    // A relay may be pending in its files between two moments only.
    const between = view.truth.keys.reduce(
      (sum, _, relay) => sum + view.truth.count('push delivered', relay, time - settledFor(view), time),
      0,
    );
    // Or cleared in them.
    const cleared = view.truth.keys.reduce((sum, _, relay) => {
      const reports = view.truth.count('reported', relay, time - settledFor(view), time);
      return reports > 0 ? sum + number(view.relayAt(relay, time).workers) : sum;
    }, 0);
    return moments.every(({ workers }) => workers.every(({ mtime }) => mtime !== undefined))
      ? within(value, [of === 'pending' ? least - cleared : least, most + between])
      : undefined;
  };
};

/** What the stats of the dashboards say of the world. Their texts are not compared, their values are. */
export const stats: Readonly<Record<string, Contradiction>> = {
  'gateway-overview/14/0': inPhase(PHASES.stuck),
  'gateway-overview/14/1': inPhase(PHASES.blocked),
  'gateway-overview/14/2': inPhase(PHASES.unknown),
  'gateway-push-resync/1/0': stuck,
  'gateway-push-resync/2/0': ({ view, time, value }) => {
    if (value === undefined) return undefined;
    const failed = anyPush(view, 'push failed', time);
    const delivered = anyPush(view, 'push delivered', time);
    if (!failed && !delivered) return `shows ${value}, and nothing was pushed`;
    if (value > 0 && !failed) return `shows ${value}, and no push failed`;
    if (value < 1 && !delivered) return `shows ${value}, and every push failed`;
    return within(value, [0, 1]);
  },
  'gateway-worker-queue/16/0': ({ value, labels, moments }) => {
    const all = range(moments, ({ workers }) => number(workers.filter(({ listed }) => listed)));
    // A host may sleep for seconds between two moments, and not answer then.
    const now = range(moments, ({ workers }) =>
      number(workers.filter(({ listed, answers }) => listed && answers)),
    );
    const scraped = range(moments, ({ workers }) =>
      number(workers.filter(({ listed, answered }) => listed && answered)),
    );
    const measured = [Math.min(now[0], scraped[0]), Math.max(now[1], scraped[1])] as const;
    const missing = [all[0] - measured[1], all[1] - measured[0]] as const;
    if (value === undefined) return all[0] === 0 ? undefined : 'shows nothing, and exporters are scraped';
    return (
      within(value, missing) ??
      within(Number(labels.measured), measured) ??
      within(Number(labels.workers), all)
    );
  },
  'gateway-worker-queue/1/0': files('pending'),
  'gateway-worker-queue/1/1': files('known'),
  'gateway-worker-queue/2/0': ({ view, value, labels, moments }) => {
    const [, most] = range(moments, ({ workers }) =>
      number(workers.filter(({ listed, answers, readable }) => listed && answers && !readable)),
    );
    // One that was broken just now may have been whole when it was scraped.
    const broken = view.truth.workers.filter((_, worker) =>
      moments.every(({ workers }) => {
        const one = workers[worker];
        return one?.listed && one.answers && !one.readable && !one.damaged;
      }),
    );
    // A file that is written may be broken for a moment between two of these.
    const written = view.truth.workers.filter(
      (_, worker) => new Set(moments.map(({ workers }) => workers[worker]?.mtime)).size > 1,
    );
    return value === undefined
      ? undefined
      : within(Number(labels.unreadable), [number(broken), most + number(written)]);
  },
  'gateway-replica-fallback/1/0': ({ view, time, value, moments }) =>
    within(
      value,
      relays(
        view,
        (relay) => moments.every((moment) => certainlyRead(view, relay, moment.time)),
        (relay) => {
          const from = since(view, time, view.times.quietAfter + view.times.rateWindow);
          return view.truth.count('read', relay, from, time) > 0;
        },
      ),
    ),
  'gateway-replica-fallback/1/1': ({ view, time, value, moments }) =>
    within(
      value,
      relays(
        view,
        (relay) => moments.every((moment) => certainlyRead(view, relay, moment.time)),
        (relay) => view.truth.count('read', relay, since(view, time, view.times.rateWindow), time) > 0,
      ),
    ),
  'gateway-replica-fallback/8/0': mirrors(true),
  'gateway-replica-fallback/8/1': mirrors(false),
  'gateway-escrow-leases/1/0': validLeases,
  'gateway-escrow-leases/1/1': validLeases,
  'gateway-escrow-leases/2/0': ({ view, time, value, moments }) =>
    within(
      value,
      relays(
        view,
        (relay) => view.steadilyRejected(relay, moments),
        (relay) => view.truth.count('readonly', relay, since(view, time, view.times.rateWindow), time) > 0,
      ),
    ),
  'gateway-relay/1/0': ({ view, time, value, relay }) =>
    value === undefined ? undefined : phaseContradicts(view, relay, time, value),
  'gateway-relay/2/0': ({ view, time, value, relay, moments }) => {
    if (value === undefined) return undefined;
    if (value === 0)
      // The gauge of a process that did not clear the relay stays 1 although the relay is not pending.
      return ones(moments, relay).every((one) => one.gauge && one.pendingSince !== undefined) &&
        !isClearedAmong(view, relay, moments)
        ? 'shows that it is not pending'
        : undefined;
    const start = view.knownStart(relay, time);
    const age = time - (start ?? 0);
    return start === undefined || age <= settledFor(view)
      ? undefined
      : within(value, [age - view.times.latency, age + view.times.latency]);
  },
  'gateway-relay/3/0': ({ view, time, value, relay, moments }) => {
    if (value === undefined || value <= 0) return undefined;
    if (value === NO_LEASE) {
      // A lease from before a time without scrapes, or of a gateway that lost it when it restarted, is in no sample.
      const before = view.truth.between(time - LEASE, time);
      const isSeen = before.every(
        (moment) => view.gatewaysSeen(moment) && (moment.relays[relay] as RelayMoment).leaseValid,
      );
      // A renewal leaves a standing gauge as it was: docs/system.md, undetectable-renewal.
      const isRenewed =
        view.played.scenario.build?.expiryGauge === 'standing' &&
        view.truth.count('lease granted', relay, 0, time) > 1;
      return isSeen && !isRenewed ? 'shows that there is no lease, and there is one' : undefined;
    }
    return mayHoldLease(view, relay, time, moments) ? undefined : `shows ${value} s, and there is no lease`;
  },
  'gateway-relay/4/0': ({ view, time, value, relay, moments }) => {
    const states = moments.flatMap((moment) =>
      (moment.relays[relay] as RelayMoment).workers.map(({ worker, state }) =>
        view.fileShown(moment, worker) ? state : 'hidden',
      ),
    );
    if (value === undefined || states.includes('hidden' as never)) return undefined;
    const isPushed = view.truth.count('push delivered', relay, time - settledFor(view), time) > 0;
    if (value === 1)
      return isPushed || states.includes('pending') ? undefined : 'shows pending, and no file says so';
    const isSteady = moments.every((moment) => view.notified(moment.relays[relay] as RelayMoment));
    return isSteady && !isClearedAmong(view, relay, moments)
      ? 'shows cleared, and a file says pending'
      : undefined;
  },
  'gateway-relay/5/0': ({ view, time, value, relay, moments }) => {
    if (value === undefined) return undefined;
    if (value === 0)
      return moments.every((moment) => certainlyRead(view, relay, moment.time))
        ? 'shows that it is not on the replica, and it is read'
        : undefined;
    const from = since(view, time, view.times.quietAfter + view.times.rateWindow);
    const last = view.truth.last('read', relay, time);
    if (last === undefined || last < from) return `shows ${value} s, and there were no reads`;
    const begun = view.fallbackSince(relay, last) ?? last;
    return within(value, [0, time - begun + view.times.latency]);
  },
  'gateway-relay/6/0': ({ view, value, relay, moments }) => {
    const lags = ones(moments, relay).map(({ mirrorLag }) => mirrorLag);
    if (
      value === undefined ||
      lags.includes(undefined) ||
      moments.some(({ mirrorsActive }) => !mirrorsActive)
    )
      return undefined;
    const known = lags as number[];
    return within(value, [
      Math.min(...known) / 1000 - view.times.latency - USUAL_TIMINGS.mirrorRebuild,
      Math.max(...known) / 1000 + view.times.latency,
    ]);
  },
};

/** Stats that say nothing of the world which the search knows, and why. */
export const NOT_COMPARED: Readonly<Record<string, string>> = {
  'gateway-overview/18/0': 'counts alerts, which are compared one by one',
  'gateway-overview/18/1': 'counts alerts, which are compared one by one',
  'gateway-overview/18/2': 'counts alerts, which are compared one by one',
  'gateway-replica-fallback/1/2': 'sessions in replica mode are counted by the gateway only',
  'gateway-escrow-leases/1/2': 'a renewal may leave no trace, so a valid lease may look expired',
  'gateway-escrow-leases/2/1': 'a renewal may leave no trace, so a valid lease may look expired',
};

/** Stats that contradict the world, and have for longer than two evaluations. */
export function wrongStats(view: View): Violation[] {
  const { truth, played } = view;
  const shown = new Map(played.stats.map((stat) => [`${stat.time} ${stat.key}`, stat]));
  const settled = settledFor(view);
  return played.looks.flatMap(({ time, relay }) => {
    const moments = truth.between(time - settled, time);
    const sees = (one: number) => moments.every((moment) => view.seen(moment, one));
    if (time < settled || !truth.keys.every((_, one) => sees(one))) return [];
    return Object.entries(stats).flatMap(([key, contradiction]): Violation[] => {
      const { value, labels = {}, relay: of } = shown.get(`${time} ${key}`) ?? {};
      const detail = contradiction({ view, time, value, labels, relay, moments });
      return detail === undefined
        ? []
        : [{ property: 'untrue', subject: `the stat ${key}`, relay: of, time, detail }];
    });
  });
}

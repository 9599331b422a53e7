import type { Violation } from './judge.js';
import type { Said } from './play.js';
import type { View } from './view.js';

/** A statement in a text, and why it is wrong; undefined where it is right, or where the world does not show what is right. */
interface Statement {
  readonly name: string;
  /** Finds it in a text. What it captures is passed on. */
  readonly pattern: RegExp;
  readonly wrong: (view: View, said: Said, found: readonly string[]) => string | undefined;
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** Seconds of a duration as `humanizeDuration` writes it: `1h 2m 3s`. */
export const humanSeconds = (text: string) =>
  [...text.matchAll(/([\d.]+)([dhms])\b/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit as string] as number),
    0,
  );

const DURATION = '((?:[\\d.]+[dhms] ?)+)';

const relayOf = ({ truth }: View, { labels }: Said) =>
  labels.relay === undefined ? -1 : truth.relay(labels.relay);

const between = (what: string, found: number, low: number, high: number) =>
  found >= low && found <= high ? undefined : `${what}: says ${found}, expected ${low} to ${high}`;

/** Compares a start with the world's, where it was visible from the beginning on. */
function pendingFrom(view: View, said: Said, start: number, tolerance: number): string | undefined {
  const since = view.knownStart(relayOf(view, said), said.time);
  return since === undefined
    ? undefined
    : between('pending since', start, since - tolerance, since + tolerance);
}

/** How many of the relay's workers have an exporter that shows the relay: at least, and at most. */
function workersShown(view: View, said: Said): { least: readonly string[]; most: readonly string[] } {
  const relay = relayOf(view, said);
  const moments = view.truth.between(said.time - view.times.latency, said.time);
  const owners = new Set(
    moments.flatMap((moment) => moment.relays[relay]?.workers.map(({ worker }) => worker) ?? []),
  );
  const instance = (worker: number) => view.truth.workers[worker] as string;
  const isShown = (worker: number) =>
    moments.every(
      (moment) =>
        view.fileShown(moment, worker) &&
        // A worker that starts writes its file entry by entry.
        moment.workers[worker]?.started === false &&
        moment.relays[relay]?.workers.some((one) => one.worker === worker && one.state !== undefined),
    );
  return { least: [...owners].filter(isShown).map(instance), most: [...owners].map(instance) };
}

const events = (view: View, event: Parameters<View['truth']['count']>[0], window: number, said: Said) => {
  const from = view.back(said.time, window + view.times.latency, (moment) => view.gatewaysSeen(moment));
  const relays = said.labels.relay === undefined ? view.truth.keys.map((_, i) => i) : [relayOf(view, said)];
  return relays.reduce((sum, relay) => sum + view.truth.count(event, relay, from, said.time), 0);
};

/** What `increase` makes of a number of events: it extends what it saw to the whole window. */
const increased = (what: string, found: number, count: number) =>
  between(what, found, 1, Math.ceil(count * 1.5) + 1);

/** Everything that texts state about the world. How often each was compared is in the results of a run. */
const statements: readonly Statement[] = [
  {
    name: 'relay',
    pattern: /\b([0-9a-f]{12})…/,
    wrong: (_, { labels }, [key = '']) =>
      labels.relay?.startsWith(key) === true ? undefined : `names the relay ${key}…`,
  },
  {
    name: 'target',
    pattern: /\bat (\S+:\d+)/,
    wrong: ({ truth }, { labels }, [instance = '']) =>
      labels.instance === instance && [...truth.workers, ...truth.gateways].includes(instance)
        ? undefined
        : `names the target ${instance}`,
  },
  {
    name: 'host',
    pattern: /The worker is on (\S+?)\.(?:\s|$)/,
    wrong: (view, said, [host = '']) => {
      const { least, most } = workersShown(view, said);
      return most.includes(host) && least.length <= 1
        ? undefined
        : `says the worker is on ${host}, expected ${most}`;
    },
  },
  {
    name: 'number of workers',
    pattern: /This relay has (\d+) workers/,
    wrong: (view, said, [count = '']) => {
      const { least, most } = workersShown(view, said);
      return between('workers', Number(count), Math.max(2, least.length), most.length);
    },
  },
  {
    name: 'no exporter',
    pattern: /No exporter reports the worker of this relay/,
    wrong: (view, said) => {
      const { least } = workersShown(view, said);
      return least.length === 0 ? undefined : `says that no exporter shows the worker, and ${least} do`;
    },
  },
  {
    name: 'age',
    pattern: new RegExp(`pending(?: writes)? for ${DURATION}`),
    wrong: (view, said, [age = '']) =>
      pendingFrom(view, said, said.time - humanSeconds(age), view.times.latency + view.truth.step),
  },
  {
    name: 'start',
    pattern: /pending since 1970-01-0(\d) (\d\d):(\d\d) UTC/,
    wrong: (view, said, found) => {
      const [day, hour, minute] = found.map(Number) as [number, number, number];
      // The text leaves the seconds out.
      return pendingFrom(
        view,
        said,
        (day - 1) * 86_400 + hour * 3600 + minute * 60,
        view.times.latency + view.truth.step + 60,
      );
    },
  },
  {
    name: 'pending relays',
    pattern: /\bRelays pending: (\d+)/,
    wrong: (view, { time }, [count = '']) => {
      const from = view.back(time, view.times.latency, (moment) => view.gatewaysSeen(moment));
      const moments = view.truth.between(from, time);
      const relays = view.truth.keys.map((_, relay) => moments.map((moment) => moment.relays[relay]));
      const least = relays.filter((all) =>
        all.every((one) => one?.gaugeShown && one.pendingSince !== undefined),
      );
      const most = relays.filter((all) => all.some((one) => one !== undefined && view.pending(one)));
      return between('pending relays', Number(count), least.length, most.length);
    },
  },
  {
    name: 'relays on the replica',
    pattern: /\b(\d+) relays? depend/,
    wrong: (view, { time }, [count = '']) => {
      const window = view.times.rateWindow + view.times.latency;
      const from = view.back(time, window, (moment) => view.gatewaysSeen(moment));
      const read = view.truth.keys.filter((_, relay) => view.truth.count('read', relay, from, time) > 0);
      return between('relays on the replica', Number(count), 1, read.length);
    },
  },
  {
    name: 'failed requests',
    pattern: /\b(\d+) requests? failed/,
    wrong: (view, said, [count = '']) =>
      increased('failed requests', Number(count), events(view, 'lease failed', 900, said)),
  },
  {
    name: 'refused requests',
    pattern: /\b(\d+) requests? refused/,
    wrong: (view, said, [count = '']) =>
      increased('refused requests', Number(count), events(view, 'lease refused', 900, said)),
  },
  {
    name: 'rejected writes',
    pattern: /\b(\d+) writes? rejected/,
    wrong: (view, said, [count = '']) =>
      increased('rejected writes', Number(count), events(view, 'readonly', view.times.rateWindow, said)),
  },
  {
    name: 'last unmarked write',
    pattern: /never marked them as pending, most recently at 1970-01-0(\d) (\d\d):(\d\d) UTC/,
    wrong: (view, said, found) => {
      const [day, hour, minute] = found.map(Number) as [number, number, number];
      // The text leaves the seconds out.
      const at = (day - 1) * 86_400 + hour * 3600 + minute * 60;
      const from = view.back(at, view.times.latency + view.times.wantedWithin, (moment) =>
        view.gatewaysSeen(moment),
      );
      return view.truth.count('unmarked', relayOf(view, said), from, at + 60) > 0
        ? undefined
        : `says that a write was not marked at ${at} s`;
    },
  },
  {
    name: 'share',
    pattern: /([\d.e+-]+)% of/,
    wrong: (_view, _said, [share = '']) => between('share', Number(share), 0, 100),
  },
];

/** The kinds of statements that none of some texts makes. */
export const unsaid = (texts: readonly string[]): string[] =>
  statements.filter(({ pattern }) => !texts.some((text) => pattern.test(text))).map(({ name }) => name);

/** Statements in the texts of warnings and pages that are not true, and how often each kind of statement was compared. */
export function untrueTexts(view: View): { violations: Violation[]; compared: Map<string, number> } {
  const compared = new Map(statements.map(({ name }) => [name, 0]));
  const violations = view.played.said.flatMap((said): Violation[] =>
    statements.flatMap(({ name, pattern, wrong }) => {
      const match = pattern.exec(`${said.summary}\n${said.description}`);
      if (match === null) return [];
      compared.set(name, (compared.get(name) ?? 0) + 1);
      const detail = wrong(view, said, match.slice(1));
      if (detail === undefined) return [];
      const relay = relayOf(view, said);
      return [
        {
          property: 'untrue',
          subject: said.alert,
          relay: relay < 0 ? undefined : relay,
          time: said.time,
          detail: `${name}: ${detail}`,
        },
      ];
    }),
  );
  return { violations, compared };
}

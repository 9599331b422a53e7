import { pendingStart } from '../../recording-rules/pending-writes.js';
import { PHASES, phase } from '../../recording-rules/phase.js';
import { type About, claims } from './claims.js';
import { excuseOf } from './excuses.js';
import { phaseContradicts, settledFor } from './phases.js';
import type { Firing, Played, Recorded } from './play.js';
import { type Situation, situationsOf } from './situations.js';
import { wrongStats } from './stats.js';
import { untrueTexts } from './texts.js';
import { View } from './view.js';

/** A property that did not hold in a world. */
export interface Violation {
  readonly property: 'false alarm' | 'not resolved' | 'missed' | 'untrue' | 'unbounded' | 'not evaluated';
  /** The alert, recorded series or stat, or the situation that was missed. */
  readonly subject: string;
  readonly relay: number | undefined;
  /** Seconds since the world's begin. */
  readonly time: number;
  readonly detail: string;
  /** The anchor in docs/system.md of a pair of worlds that shows why no rule can know better. */
  readonly excuse?: string;
}

/** How long something had been wrong when an alert named it. */
export interface Delay {
  readonly alert: string;
  readonly seconds: number;
}

export interface Judgement {
  readonly violations: readonly Violation[];
  /** Violations of which a pair of worlds shows that no rule can know better. */
  readonly excused: readonly Violation[];
  readonly delays: readonly Delay[];
  /** How often each warning and page began to fire, rightly. */
  readonly right: ReadonlyMap<string, number>;
  /** How often each kind of statement in a text was compared with the world. */
  readonly compared: ReadonlyMap<string, number>;
}

/** What a world of any number of relays may record: per relay, and beside. */
const SERIES = { perRelay: 34, beside: 60 };

const aboutOf = ({ truth }: View, { labels }: Firing): Omit<About, 'time' | 'begins'> => ({
  relay: labels.relay === undefined ? -1 : truth.relay(labels.relay),
  worker: labels.instance === undefined ? -1 : truth.workers.indexOf(labels.instance),
  gateway: labels.instance === undefined ? -1 : truth.gateways.indexOf(labels.instance),
});

function alarms(view: View, right: Map<string, number>): Violation[] {
  const { evaluation } = view.times;
  return view.played.firings.flatMap((firing): Violation[] => {
    const claim = claims[firing.alert];
    if (firing.severity === 'info' || claim === undefined) return [];
    const about = aboutOf(view, firing);
    const wrong = (property: Violation['property'], time: number, detail: string): Violation[] => [
      { property, subject: firing.alert, relay: about.relay < 0 ? undefined : about.relay, time, detail },
    ];
    if (firing.labels.relay !== undefined && about.relay < 0)
      return wrong(
        'untrue',
        firing.times[0] as number,
        `names a relay that is not there: ${firing.labels.relay}`,
      );
    let previous: number | undefined;
    let rightly = false;
    for (const time of firing.times) {
      const begins = previous === undefined || time - previous > evaluation;
      previous = time;
      if (!claim(view, { ...about, time, begins }))
        return begins
          ? wrong('false alarm', time, 'what it says was not true')
          : wrong('not resolved', time, 'what it says is not true any more');
      if (begins) rightly = true;
    }
    if (rightly) right.set(firing.alert, (right.get(firing.alert) ?? 0) + 1);
    return [];
  });
}

const names = (firing: Firing, { anyOf, label, value }: Situation) =>
  anyOf.includes(firing.alert) && (label === undefined || firing.labels[label] === value);

function missed(view: View, delays: Delay[]): Violation[] {
  return situationsOf(view).flatMap((situation): Violation[] => {
    const { from, within, what, anyOf, label, value } = situation;
    const first = Math.min(
      ...view.played.firings
        .filter((firing) => names(firing, situation))
        .flatMap(({ times }) => times.filter((time) => time >= from)),
    );
    const relay = label === 'relay' ? view.truth.relay(value) : undefined;
    if (first <= from + within) {
      for (const { alert, times } of view.played.firings.filter((firing) => names(firing, situation)))
        if (times.includes(first)) delays.push({ alert, seconds: first - from });
      return [];
    }
    const detail = `${what}${relay === undefined ? ` (${value})` : ''} from ${from} s on; ${anyOf.join(' or ')} expected within ${within} s`;
    return [{ property: 'missed', subject: what, relay, time: from + within, detail }];
  });
}

/** Contradictions between recorded series and the world that last longer than two evaluations. */
function untrue(view: View): Violation[] {
  const { truth, times } = view;
  const starts = new Map<string, Recorded>();
  const phases = new Map<string, Recorded>();
  const looks = new Set<number>();
  for (const one of view.played.recorded) {
    looks.add(one.time);
    if (one.name === pendingStart.record && one.value > 0) starts.set(`${one.time} ${one.relay}`, one);
    if (one.name === phase.record) phases.set(`${one.time} ${one.relay}`, one);
  }
  const settled = settledFor(view);
  return [...looks].flatMap((time) =>
    truth.keys.flatMap((key, relay): Violation[] => {
      const moments = truth.between(time - settled, time);
      if (!moments.every((moment) => view.seen(moment, relay))) return [];
      const wrong = (subject: string, detail: string): Violation[] => [
        { property: 'untrue', subject, relay, time, detail },
      ];
      const start = starts.get(`${time} ${key}`);
      const code = phases.get(`${time} ${key}`)?.value;
      const gauge = view.since(relay, time, (one) => one.gauge);
      const steady = gauge !== undefined && time - gauge > settled;
      if (steady) {
        if (start === undefined) return wrong(pendingStart.record, 'pending, and no start is recorded');
        const since = view.knownStart(relay, time);
        if (since !== undefined && Math.abs(start.value - since) > times.latency)
          return wrong(pendingStart.record, `pending since ${since} s, and ${start.value} s is recorded`);
        if (code === undefined || code === PHASES.idle)
          return wrong(phase.record, 'pending, and called idle');
      }
      const contradiction = code === undefined ? undefined : phaseContradicts(view, relay, time, code);
      return contradiction === undefined ? [] : wrong(phase.record, contradiction);
    }),
  );
}

/** What did not hold in a world. */
export function judge(played: Played): Judgement {
  const view = new View(played);
  const delays: Delay[] = [];
  const right = new Map<string, number>();
  const texts = untrueTexts(view);
  const all = [
    ...alarms(view, right),
    ...missed(view, delays),
    ...untrue(view),
    ...wrongStats(view),
    ...texts.violations,
  ];
  const violations = all.map((violation) => {
    const excuse = excuseOf(view, violation);
    return excuse === undefined ? violation : { ...violation, excuse };
  });
  const most = SERIES.perRelay * view.truth.keys.length + SERIES.beside;
  if (played.series > most)
    violations.push({
      property: 'unbounded',
      subject: 'recorded series',
      relay: undefined,
      time: view.end,
      detail: `${played.series} series, expected at most ${most}`,
    });
  if (played.error !== undefined)
    violations.push({
      property: 'not evaluated',
      subject: 'a rule',
      relay: undefined,
      time: 0,
      detail: played.error,
    });
  violations.sort((a, b) => a.time - b.time);
  return {
    violations: violations.filter(({ excuse }) => excuse === undefined),
    excused: violations.filter(({ excuse }) => excuse !== undefined),
    delays,
    right,
    compared: texts.compared,
  };
}

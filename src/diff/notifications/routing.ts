import type { AlertmanagerConfig, Route } from '../../alertmanager/config.js';
import { type AlertLabels, type Case, casesOf } from '../../alertmanager/labels.js';
import { routesFor } from '../../alertmanager/routes.js';
import { durationText } from '../../promql/literals.js';
import { matcherText } from '../../promql/print.js';
import { listed } from '../finding.js';
import type { AlertChange } from './change.js';

/** Something that a route decides, in words and in a form to compare. */
interface Aspect {
  readonly kind: string;
  readonly isOfReceivers?: true;
  /** As it is shown for one route. */
  show(route: Route, config: AlertmanagerConfig): string;
  /** What two routes have to agree in; as shown where absent. */
  key?(route: Route, config: AlertmanagerConfig): unknown;
  level(before: readonly string[], after: readonly string[]): 'breaking' | 'notable';
  effect(before: string, after: string, lost: readonly string[]): string;
}

const groupText = ({ groupBy }: Route) =>
  groupBy === 'all' ? 'all labels' : groupBy.length === 0 ? 'no label' : groupBy.join(', ');
const ANY_TIME = 'at any time';
const timesText = ({ muteTimes, activeTimes }: Route) =>
  [
    ...(muteTimes.length === 0 ? [] : [`not during ${listed([...muteTimes].sort(), 9)}`]),
    ...(activeTimes.length === 0 ? [] : [`only during ${listed([...activeTimes].sort(), 9)}`]),
  ].join(', ') || ANY_TIME;

const ASPECTS: readonly Aspect[] = [
  {
    kind: 'receiver-changed',
    isOfReceivers: true,
    show: ({ receiver }) => receiver,
    level: (before, after) => (before.every((one) => after.includes(one)) ? 'notable' : 'breaking'),
    effect: (before, after, lost) =>
      lost.length === 0
        ? `Notifications go to ${after} instead of ${before} only.`
        : `Notifications go to ${after}; ${listed(lost, 9)} no longer ${lost.length === 1 ? 'gets' : 'get'} them.`,
  },
  {
    kind: 'notification-grouping-changed',
    show: groupText,
    level: () => 'notable',
    effect: (before, after) => `One notification covers the alerts that share ${after}, before ${before}.`,
  },
  {
    kind: 'notification-timing-changed',
    show: ({ groupWait, groupInterval, repeatInterval }) =>
      `first after ${durationText(groupWait)}, changes after ${durationText(groupInterval)}, repeated after ${durationText(repeatInterval)}`,
    level: () => 'notable',
    effect: () =>
      'The waiting times of its notifications change: group_wait, group_interval, repeat_interval.',
  },
  {
    kind: 'notification-times-changed',
    show: timesText,
    key: ({ muteTimes, activeTimes }, { timeIntervals }) =>
      [muteTimes, activeTimes].map((names) =>
        names.map((name) => JSON.stringify(timeIntervals.get(name))).sort(),
      ),
    level: (before, after) =>
      after.some((one) => one !== ANY_TIME && !before.includes(one)) ? 'breaking' : 'notable',
    effect: (before, after) =>
      before === after
        ? `It is notified ${after}, and the times that this stands for change.`
        : `It is notified ${after}, before ${before}.`,
  },
];

/** What becomes of one alert under one configuration. */
interface Routed {
  readonly routes: readonly Route[];
  readonly config: AlertmanagerConfig;
}

/** An alert with its labels, before or after a change. */
export interface Routable {
  readonly labels: AlertLabels;
  readonly config: AlertmanagerConfig;
}

type Pair = readonly [before: Routed, after: Routed];

/** Routes in an order that does not depend on that of the file: all of them notify. */
const ordered = (routes: readonly Route[]) =>
  [...routes].sort((a, b) => (a.receiver < b.receiver ? -1 : a.receiver > b.receiver ? 1 : 0));

const shownOf = ({ show }: Aspect, { routes, config }: Routed) =>
  ordered(routes).map((route) => show(route, config));

/** Whether two cases agree in an aspect. Whether a receiver is notified twice is told by the receivers alone. */
function isSame(aspect: Aspect, [before, after]: Pair): boolean {
  const { show, key = show, isOfReceivers } = aspect;
  const names = ({ routes }: Routed) => [...new Set(routes.map(({ receiver }) => receiver))].sort().join();
  const isNamed = names(before) === names(after);
  const keys = ({ routes, config }: Routed) => {
    const all = routes.map((route) => JSON.stringify([isNamed && route.receiver, key(route, config)])).sort();
    return JSON.stringify(isOfReceivers ? all : [...new Set(all)]);
  };
  return keys(before) === keys(after);
}

/** What is shown of several routes; with the receivers where they differ. */
function text(aspect: Aspect, routed: Routed): string {
  const shown = shownOf(aspect, routed);
  if (aspect.isOfReceivers) return shown.join(', ');
  if (new Set(shown).size === 1) return shown[0] as string;
  return [...new Set(ordered(routed.routes).map(({ receiver }, i) => `${receiver}: ${shown[i]}`))].join('; ');
}

/**
 * The routes to compare in an aspect: those of receivers that are notified before and after, since a new receiver changes nothing
 * for the others. Where no receiver stays, all of them.
 */
function comparable({ isOfReceivers }: Aspect, [before, after]: Pair): Pair {
  const names = ({ routes }: Routed) => routes.map(({ receiver }) => receiver);
  const both = names(before).filter((name) => names(after).includes(name));
  if (isOfReceivers || both.length === 0) return [before, after];
  const kept = ({ routes, config }: Routed): Routed => ({
    config,
    routes: routes.filter(({ receiver }) => both.includes(receiver)),
  });
  return [kept(before), kept(after)];
}

/** What changes in the notifications of an alert. */
export function routingChanges(before: Routable, after: Routable): AlertChange[] {
  const { cases, isComplete } = casesOf((holdsFor): Pair => {
    const routed = ({ labels, config }: Routable): Routed => ({
      routes: routesFor(config.root, labels, holdsFor(labels)),
      config,
    });
    return [routed(before), routed(after)];
  });
  return ASPECTS.flatMap((aspect) => changesIn(aspect, cases, isComplete));
}

function changesIn(aspect: Aspect, cases: readonly Case<Pair>[], isComplete: boolean): AlertChange[] {
  const groups = new Map<string, Case<Pair>[]>();
  for (const one of cases) {
    const [before, after] = comparable(aspect, one.result);
    const key = isSame(aspect, [before, after])
      ? ''
      : JSON.stringify([text(aspect, before), text(aspect, after)]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].flatMap(([key, own]): AlertChange[] => {
    if (key === '') return [];
    const [before, after] = comparable(aspect, (own[0] as Case<Pair>).result);
    const [old, now] = [shownOf(aspect, before), shownOf(aspect, after)];
    const [was, is] = [text(aspect, before), text(aspect, after)];
    const lost = [...new Set(old.filter((one) => !now.includes(one)))];
    const when = groups.size === 1 && isComplete ? '' : ` ${dependence(own)}`;
    return [
      {
        kind: aspect.kind,
        level: aspect.level(old, now),
        before: was,
        after: was === is ? `${is} (other times)` : is,
        consequence: `${aspect.effect(was, is, lost)}${when}`,
      },
    ];
  });
}

/** Says on what it depends that something is so, and under which conditions it is. */
function dependence(cases: readonly Case<unknown>[]): string {
  const labels = [...new Set(cases.flatMap(({ conditions }) => conditions.map(({ label }) => label)))].sort();
  const values = `the value${labels.length === 1 ? '' : 's'} of ${listed(
    labels.map((label) => `\`${label}\``),
    9,
  )}`;
  const [only] = cases;
  const conditions = cases.length === 1 && only !== undefined ? essential(only) : [];
  if (conditions.length === 0 || conditions.length > 4) return `This depends on ${values}.`;
  return `This depends on ${values}: it is so where ${listed(conditions.map(matcherText), 9)}.`;
}

/** The conditions of a case without those that follow from another one. */
function essential({ conditions }: Case<unknown>) {
  const exact = new Set(conditions.filter(({ operator }) => operator === '=').map(({ label }) => label));
  return conditions.filter(({ label, operator }) => operator === '=' || !exact.has(label));
}

/** Who is notified of an alert, in words. */
export interface RoutingInWords {
  readonly receivers: string;
  readonly grouping: string;
  readonly timing: string;
  /** `at any time`, or the time intervals. */
  readonly times: string;
  /** On which unknown values it depends; empty where it is always so. */
  readonly dependsOn: string;
}

/** Who is notified of an alert, for each case that unknown values make. */
export function routingOf({ labels, config }: Routable): RoutingInWords[] {
  const { cases, isComplete } = casesOf((holdsFor) => routesFor(config.root, labels, holdsFor(labels)));
  const groups = new Map<string, Case<readonly Route[]>[]>();
  for (const one of cases) {
    const routed = { routes: one.result, config };
    const key = JSON.stringify(ASPECTS.map((aspect) => text(aspect, routed)));
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([key, own]) => {
    const [receivers, grouping, timing, times] = JSON.parse(key) as [string, string, string, string];
    const dependsOn = groups.size === 1 && isComplete ? '' : dependence(own);
    return { receivers, grouping, timing, times, dependsOn };
  });
}

/** The same as a sentence. */
export function routingSentence({ receivers, grouping, timing, times, dependsOn }: RoutingInWords): string {
  const limits = times === ANY_TIME ? '' : `, ${times}`;
  return `It notifies ${receivers}, grouped by ${grouping}: ${timing}${limits}.${dependsOn === '' ? '' : ` ${dependsOn}`}`;
}

import { type DependencyGraph, mentions } from '../bundle/graph.js';
import { duration, durationOf, durationSeconds } from '../promql/duration.js';
import type { Group, Rule, Side, SideFile } from '../rule-files/parse.js';
import { type ExpressionChange, expressionChanges, keyOf, sameExpression, short } from './expression.js';
import { type Finding, finding, type Level, listed } from './finding.js';
import { type KnownLabels, knownLabels } from './known-labels.js';
import { match } from './match.js';
import { type Reader, readersGraph } from './readers.js';

/** What a comparison of rules needs of the two sides. */
export interface RuleContext {
  readonly base: Side;
  readonly head: Side;
  /** Who reads series at the head, files of others included. */
  readonly readers: DependencyGraph<Reader>;
  /** Alertmanager configurations at the head, and files of others that are no rules and no dashboards. */
  readonly texts: readonly SideFile[];
  readonly baseLabels: KnownLabels;
  readonly headLabels: KnownLabels;
}

export function ruleContext(base: Side, head: Side, also: Side): RuleContext {
  return {
    base,
    head,
    readers: readersGraph(head, also),
    texts: [...head.alertmanagers, ...also.alertmanagers, ...also.others],
    baseLabels: knownLabels(base),
    headLabels: knownLabels(head),
  };
}

/** Rules that are one and the same on both sides. */
export interface RulePair {
  readonly before: Rule;
  readonly after: Rule;
}

/** How the rules of two sides belong together. */
export interface RuleMatch {
  readonly pairs: readonly RulePair[];
  readonly renamed: readonly RulePair[];
  readonly removed: readonly Rule[];
  readonly added: readonly Rule[];
}

const labelsKey = (labels: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(labels).sort());
const exprKey = ({ parsed }: Rule) => keyOf(parsed);

/** Pairs up rules: by name first; what is left over and has the same expression was renamed. */
export function matchRules(before: readonly Rule[], after: readonly Rule[]): RuleMatch {
  const name = (rule: Rule) => [rule.kind, rule.name];
  const key = (...parts: unknown[]) => JSON.stringify(parts);
  const byName = match(before, after, [
    (rule) => key(name(rule), rule.group, labelsKey(rule.labels), exprKey(rule), rule.for),
    (rule) => key(name(rule), rule.group, labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(name(rule), rule.group, labelsKey(rule.labels)),
    (rule) => key(name(rule), labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(name(rule), rule.group, exprKey(rule)),
    (rule) => key(name(rule), rule.group, rule.labels.severity),
    (rule) => key(name(rule), rule.labels.severity),
    (rule) => key(name(rule), rule.group),
    (rule) => key(name(rule)),
  ]);
  const byExpression = match(byName.removed, byName.added, [
    (rule) => key(rule.kind, rule.group, labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(rule.kind, labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(rule.kind, exprKey(rule)),
  ]);
  const pair = ([one, other]: readonly [Rule, Rule]): RulePair => ({ before: one, after: other });
  return {
    pairs: byName.pairs.map(pair),
    renamed: byExpression.pairs.map(pair),
    removed: byExpression.removed,
    added: byExpression.added,
  };
}

/** Several rules of one name are told apart by their severity. */
function subjectOf(rule: Rule, all: readonly Rule[]): string {
  const namesakes = all.filter((other) => other.kind === rule.kind && other.name === rule.name);
  const severity = rule.labels.severity;
  return namesakes.length > 1 && severity !== undefined
    ? `${rule.kind} ${rule.name} (${severity})`
    : `${rule.kind} ${rule.name}`;
}

/** Compares the rules of two sides (or of one form of file on both). */
export function compareRules(
  beforeGroups: readonly Group[],
  afterGroups: readonly Group[],
  context: RuleContext,
): Finding[] {
  const before = beforeGroups.flatMap(({ rules }) => rules);
  const after = afterGroups.flatMap(({ rules }) => rules);
  const matched = matchRules(before, after);
  const subject = (rule: Rule) => subjectOf(rule, after.includes(rule) ? after : before);
  const findings: Finding[] = [];
  for (const { before: was, after: is } of [...matched.pairs, ...matched.renamed]) {
    findings.push(...(is.kind === 'alert' ? alertChanges : recordChanges)(was, is, subject(is), context));
  }
  for (const rule of matched.removed) findings.push(removed(rule, subject(rule), context));
  for (const rule of matched.added) findings.push(addedRule(rule, subject(rule), context));
  return [...findings, ...groupChanges(beforeGroups, afterGroups)];
}

const readersOfSeries = (context: RuleContext, series: string) =>
  context.readers.readersOfSeries(series).filter(({ described }) => described !== `record ${series}`);
const names = (readers: readonly Reader[]) => listed(readers.map(({ described }) => described));

/** Whether the head still records a series, under whatever rule. */
const recorded = (context: RuleContext, series: string) =>
  context.head.groups.some(({ rules }) =>
    rules.some(({ kind, name }) => kind === 'record' && name === series),
  );

/** Says which files still name an alert that is gone under that name; empty where none does. */
function stillNamed(context: RuleContext, alert: string): string {
  const alive = context.head.groups.some(({ rules }) => rules.some(({ name }) => name === alert));
  const files = alive
    ? []
    : context.texts.filter(({ text }) => mentions(text, alert)).map(({ path }) => path);
  return files.length === 0 ? '' : ` ${listed(files)} still ${files.length === 1 ? 'names' : 'name'} it.`;
}

function removed(rule: Rule, subject: string, context: RuleContext): Finding {
  const common = { subject, before: short(rule.expr), file: rule.file };
  if (rule.kind === 'alert') {
    return {
      ...common,
      kind: 'alert-removed',
      level: 'breaking',
      consequence: `This condition no longer triggers an alert${rule.annotations.summary === undefined ? '' : `: "${short(rule.annotations.summary)}"`}.${stillNamed(context, rule.name)}`,
    };
  }
  const readers = recorded(context, rule.name) ? [] : readersOfSeries(context, rule.name);
  return {
    ...common,
    kind: 'record-removed',
    level: readers.length > 0 ? 'breaking' : 'notable',
    consequence:
      readers.length > 0
        ? `${names(readers)} still ${readers.length === 1 ? 'reads' : 'read'} this series and will get no data.`
        : 'Nothing here reads this series; other readers will get no data.',
  };
}

function addedRule(rule: Rule, subject: string, context: RuleContext): Finding {
  const common = { subject, after: short(rule.expr), file: rule.file };
  if (rule.parsed.error !== undefined) return brokenExpression(rule, subject);
  if (rule.kind === 'alert') {
    const severity = rule.labels.severity;
    return {
      ...common,
      kind: 'alert-added',
      level: 'notable',
      consequence: `A new alert${severity === undefined ? '' : ` of severity ${severity}`}, which fires ${rule.for === undefined ? 'immediately' : `after ${rule.for}`}.`,
    };
  }
  const readers = readersOfSeries(context, rule.name);
  return {
    ...common,
    kind: 'record-added',
    level: 'harmless',
    consequence: `A new series, read by ${readers.length > 0 ? names(readers) : 'nothing here'}; it has no history before the change.`,
  };
}

const brokenExpression = (rule: Rule, subject: string, before?: string): Finding => ({
  kind: 'expression-broken',
  level: 'breaking',
  subject,
  ...(before === undefined ? {} : { before: short(before) }),
  after: short(rule.expr),
  consequence: 'Prometheus cannot parse this expression and rejects the whole file.',
  file: rule.file,
});

const SEVERITIES: Readonly<Record<string, number>> = {
  none: 0,
  info: 1,
  warning: 2,
  error: 3,
  critical: 4,
  page: 4,
};

const seconds = (text: string | undefined) => {
  try {
    return text === undefined ? 0 : durationSeconds(duration(text));
  } catch {
    return Number.NaN;
  }
};
const length = (value: number) => (Number.isInteger(value) ? durationOf(value) : `${value}s`);

function alertChanges(was: Rule, is: Rule, subject: string, context: RuleContext): Finding[] {
  const findings: Finding[] = [];
  const add: Add = (kind, level, ...change) =>
    findings.push(finding(is.file, kind, level, subject, ...change));

  if (was.name !== is.name) {
    add(
      'alert-renamed',
      'breaking',
      was.name,
      is.name,
      `Silences, inhibitions and routes for ${was.name} stop matching, and the history under that name ends.${stillNamed(context, was.name)}`,
    );
  }
  severityChange(was, is, add);
  staticLabelChanges(was, is, add);
  if (!sameExpression(was.parsed, is.parsed)) {
    if (is.parsed.error !== undefined) findings.push(brokenExpression(is, subject, was.expr));
    else expressionFindings(was, is, add);
  }
  seriesLabelChanges(was, is, context, add);
  holdChange(was, is, add);
  annotationChanges(was, is, context, add);
  groupChange(was, is, add);
  return findings;
}

type Add = (
  kind: string,
  level: Level,
  before: string | undefined,
  after: string | undefined,
  consequence: string,
) => void;

function groupChange(was: Rule, is: Rule, add: Add): void {
  if (was.group !== is.group) {
    add(
      'rule-moved',
      'harmless',
      `group ${was.group}`,
      `group ${is.group}`,
      'It is evaluated in another group; nothing else changes.',
    );
  }
}

function severityChange(was: Rule, is: Rule, add: Add): void {
  const [before, after] = [was.labels.severity, is.labels.severity];
  if (before === after) return;
  const [from, to] = [SEVERITIES[before ?? ''], SEVERITIES[after ?? '']];
  const top = SEVERITIES.critical as number;
  if (after === undefined) {
    add(
      'severity-changed',
      'breaking',
      before,
      undefined,
      'Routes by severity no longer match it: it goes to the default receiver.',
    );
  } else if (from !== undefined && to !== undefined && to > from) {
    const wakes = to === top ? 'It now pages' : 'It is now more urgent';
    add(
      'severity-changed',
      'notable',
      before,
      after,
      `${wakes}; silences for severity ${before} no longer cover it.`,
    );
  } else {
    const wakes =
      from === top && to !== undefined
        ? 'It no longer pages'
        : `Routes and inhibitions for severity ${before ?? 'none'} no longer match it`;
    add(
      'severity-changed',
      'breaking',
      before,
      after,
      `${wakes}; silences for severity ${before ?? 'none'} no longer cover it.`,
    );
  }
}

function staticLabelChanges(was: Rule, is: Rule, add: Add): void {
  for (const label of [...new Set([...Object.keys(was.labels), ...Object.keys(is.labels)])].sort()) {
    const [before, after] = [was.labels[label], is.labels[label]];
    if (label === 'severity' || before === after) continue;
    const show = (value: string | undefined) => (value === undefined ? undefined : `${label}="${value}"`);
    if (before === undefined) {
      add(
        'label-added',
        'notable',
        undefined,
        show(after),
        `The alert's labels change: it will resolve and fire again, and routes for ${label} may match it.`,
      );
    } else {
      add(
        after === undefined ? 'label-removed' : 'label-changed',
        'breaking',
        show(before),
        show(after),
        `Silences, inhibitions and routes for ${show(before)} stop matching.`,
      );
    }
  }
}

/** Labels that every alert of a rule carries through its expression. */
function seriesLabelChanges(was: Rule, is: Rule, context: RuleContext, add: Add): void {
  const [before, after] = [context.baseLabels.of(was), context.headLabels.of(is)];
  const show = (labels: ReadonlySet<string> | undefined) =>
    labels === undefined
      ? 'labels of the series it reads'
      : labels.size === 0
        ? 'no labels'
        : [...labels].sort().join(', ');
  if (before === undefined || after === undefined) {
    // What is not known may be so because a series that it reads is gone: another finding says that.
    if (sameExpression(was.parsed, is.parsed)) return;
    if (before === undefined && after !== undefined) {
      add(
        'alert-labels-lost',
        'breaking',
        show(before),
        show(after),
        `The alert now has ${after.size === 0 ? 'no label' : `only ${listed([...after].sort(), 6)}`} of its series: silences and inhibitions by other labels stop matching, and fewer alerts fire.`,
      );
    }
    if (before !== undefined && after === undefined) {
      add(
        'alert-labels-gained',
        'notable',
        show(before),
        show(after),
        'It fires once per series that it reads, with all labels of the series.',
      );
    }
    return;
  }
  const lost = [...before].filter((label) => !after.has(label) && is.labels[label] === undefined).sort();
  const gained = [...after].filter((label) => !before.has(label) && was.labels[label] === undefined).sort();
  if (lost.length > 0) {
    add(
      'alert-labels-lost',
      'breaking',
      show(before),
      show(after),
      `The alert no longer has ${listed(lost, 6)}: silences and inhibitions by ${lost.length === 1 ? 'this label' : 'these labels'} stop matching.`,
    );
  }
  if (gained.length > 0) {
    add(
      'alert-labels-gained',
      'notable',
      show(before),
      show(after),
      `It fires once per ${listed(gained, 6)}: one alert may become many, each with new labels.`,
    );
  }
}

const KINDS: Readonly<Record<ExpressionChange['what'], string>> = {
  threshold: 'threshold-changed',
  number: 'number-changed',
  window: 'window-changed',
  offset: 'offset-changed',
  matcher: 'selection-changed',
  labels: 'grouping-changed',
  series: 'series-changed',
  function: 'expression-changed',
  comparison: 'comparison-changed',
  condition: 'condition-changed',
  expression: 'expression-changed',
};

/** The two halves of `threshold 600 → 900`. */
function halves({ text }: ExpressionChange): { before?: string; after: string } {
  const [before, after] = text.split(' → ');
  return after === undefined
    ? { after: text }
    : { before: (before as string).replace(/^(?:threshold|window|offset|number) /, ''), after };
}

function expressionFindings(was: Rule, is: Rule, add: Add): void {
  for (const change of expressionChanges(was.parsed, is.parsed)) {
    const whole = change.text.startsWith('rewritten');
    const { before, after } = whole ? { before: short(was.expr), after: short(is.expr) } : halves(change);
    add(KINDS[change.what], 'notable', before, after, alertConsequence(change));
  }
}

function alertConsequence({ what, effect, seconds: window, text }: ExpressionChange): string {
  switch (what) {
    case 'threshold':
      if (effect === 'stricter')
        return 'It fires later or less often: values between the two thresholds no longer trigger it.';
      if (effect === 'laxer')
        return 'It fires earlier or more often: values between the two thresholds now trigger it.';
      return 'Different values trigger it.';
    case 'window':
      if (window === undefined) {
        return 'It uses a different time range.';
      }
      return window[1] > window[0]
        ? 'It uses a longer window: slower to fire and resolve, and less sensitive.'
        : 'It uses a shorter window: faster to fire and resolve, and more sensitive.';
    case 'matcher':
      return 'It reads other series: series that are no longer selected cannot trigger it.';
    case 'series':
      return 'It fires on another series.';
    case 'condition':
      if (/^now (?:only while|not while)/.test(text))
        return 'It fires only if this condition holds too: less often than before.';
      if (/^now also on|^no longer (?:only|not) while/.test(text))
        return 'It fires in more cases than before.';
      return 'It fires in fewer cases than before.';
    case 'labels':
      return 'The grouping changes: one alert may become many, or many may become one.';
    default:
      return 'It fires on another condition.';
  }
}

function holdChange(was: Rule, is: Rule, add: Add): void {
  const [before, after] = [seconds(was.for), seconds(is.for)];
  if (before !== after && !(Number.isNaN(before) && was.for === is.for)) {
    const difference = after - before;
    add(
      'for-changed',
      'notable',
      was.for ?? '0s',
      is.for ?? '0s',
      difference > 0
        ? `It fires ${length(difference)} later, and faults shorter than ${is.for} never trigger it.`
        : after === 0
          ? 'It fires at the first evaluation that meets the condition, even if the fault is short.'
          : `It fires ${length(-difference)} earlier, and shorter faults trigger it too.`,
    );
  }
  const [kept, keeps] = [seconds(was.keepFiringFor), seconds(is.keepFiringFor)];
  if (kept !== keeps && !Number.isNaN(kept + keeps)) {
    add(
      'keep-firing-for-changed',
      'notable',
      was.keepFiringFor ?? '0s',
      is.keepFiringFor ?? '0s',
      keeps > kept
        ? `It resolves ${length(keeps - kept)} later and flaps less.`
        : `It resolves ${length(kept - keeps)} earlier and may flap.`,
    );
  }
}

/** Annotations that hold a link to what to do. */
const RUNBOOK = /^runbook(?:_url)?$/;

/** The page of a runbook in the files of a side, where its address is a path. */
function pageOf(address: string, side: Side): string | undefined {
  const path = address.replace(/[#?].*$/, '');
  if (!path.endsWith('.md')) return undefined;
  const name = path.replace(/^.*\//, '');
  return [...side.pages].find((page) =>
    /^https?:/.test(path) ? page.endsWith(`runbooks/${name}`) : page === path || page.endsWith(`/${path}`),
  );
}

function annotationChanges(was: Rule, is: Rule, context: RuleContext, add: Add): void {
  const all = [...new Set([...Object.keys(was.annotations), ...Object.keys(is.annotations)])].sort();
  for (const name of all) {
    const [before, after] = [was.annotations[name], is.annotations[name]];
    if (RUNBOOK.test(name)) {
      if (before !== undefined && after === undefined) {
        add('runbook-lost', 'breaking', before, undefined, 'The alert no longer links to a runbook.');
      } else if (after !== undefined) {
        const lost =
          before !== undefined &&
          pageOf(before, context.base) !== undefined &&
          pageOf(after, context.head) === undefined;
        if (lost)
          add(
            'runbook-lost',
            'breaking',
            before,
            after,
            `Its runbook page no longer exists: the link ${after} is broken.`,
          );
        else if (before === undefined)
          add('runbook-added', 'harmless', undefined, after, 'The alert now links to a runbook.');
        else if (before !== after)
          add('runbook-changed', 'notable', before, after, 'The runbook link changes.');
      }
    } else if (before !== after) {
      const link = /url$|^dashboard|__dashboardUid__|__panelId__/.test(name);
      if (after === undefined) {
        add(
          link ? 'link-lost' : 'text-lost',
          'notable',
          `${name}: ${short(before ?? '')}`,
          undefined,
          link
            ? `The alert no longer links to a dashboard: ${name} was removed.`
            : `Notifications that show ${name} will have a gap.`,
        );
      } else {
        add(
          link ? 'link-changed' : 'text-changed',
          link && before !== undefined ? 'notable' : 'harmless',
          before === undefined ? undefined : short(before),
          short(after),
          link ? 'The link in the notification changes.' : `The text of notifications changes: ${name}.`,
        );
      }
    }
  }
  holesInTexts(was, is, context, add);
}

/** Labels that a text shows and the expression no longer leaves. */
function holesInTexts(was: Rule, is: Rule, context: RuleContext, add: Add): void {
  const shown = (rule: Rule, labels: ReadonlySet<string> | undefined) =>
    labels === undefined
      ? []
      : [
          ...Object.values(rule.annotations)
            .join(' ')
            .matchAll(/\$labels\.(\w+)/g),
        ]
          .map(([, label]) => label as string)
          .filter((label) => !labels.has(label) && rule.labels[label] === undefined);
  const before = new Set(shown(was, context.baseLabels.of(was)));
  const holes = [...new Set(shown(is, context.headLabels.of(is)))].filter((label) => !before.has(label));
  if (holes.length > 0) {
    add(
      'text-with-gap',
      'notable',
      undefined,
      holes.map((label) => `{{ $labels.${label} }}`).join(', '),
      `Its texts and links use ${listed(holes)}, which the expression no longer keeps: they will have a gap.`,
    );
  }
}

function recordChanges(was: Rule, is: Rule, subject: string, context: RuleContext): Finding[] {
  const findings: Finding[] = [];
  const add: Add = (kind, level, ...change) =>
    findings.push(finding(is.file, kind, level, subject, ...change));
  const readers = readersOfSeries(context, is.name);
  if (was.name !== is.name) {
    const left = recorded(context, was.name) ? [] : readersOfSeries(context, was.name);
    add(
      'record-renamed',
      left.length > 0 ? 'breaking' : 'notable',
      was.name,
      is.name,
      left.length > 0
        ? `${names(left)} still ${left.length === 1 ? 'reads' : 'read'} ${was.name} and will get no data.`
        : 'The history stays under the old name: queries over time start at the change.',
    );
  }
  if (labelsKey(was.labels) !== labelsKey(is.labels)) {
    const show = (labels: Readonly<Record<string, string>>) =>
      Object.entries(labels)
        .map(([name, value]) => `${name}="${value}"`)
        .sort()
        .join(', ') || 'no labels';
    add(
      'record-labels-changed',
      readers.length > 0 ? 'breaking' : 'notable',
      show(was.labels),
      show(is.labels),
      `The labels of the series change: ${readers.length > 0 ? `joins and selectors in ${names(readers)} may no longer match.` : 'its history stays under the old labels.'}`,
    );
  }
  if (!sameExpression(was.parsed, is.parsed)) {
    if (is.parsed.error !== undefined) findings.push(brokenExpression(is, subject, was.expr));
    else {
      const changes = expressionChanges(was.parsed, is.parsed);
      const { before, after } =
        changes.length === 1 && !changes[0]?.text.startsWith('rewritten')
          ? halves(changes[0] as ExpressionChange)
          : changes.some(({ text }) => text.startsWith('rewritten'))
            ? { before: short(was.expr), after: short(is.expr) }
            : { before: undefined, after: changes.map(({ text }) => text).join('; ') };
      add(
        'record-redefined',
        'notable',
        before,
        after,
        readers.length > 0
          ? `${names(readers)} ${readers.length === 1 ? 'reads' : 'read'} different values.`
          : 'Its values change; nothing here reads it.',
      );
    }
  }
  const [before, after] = [context.baseLabels.of(was), context.headLabels.of(is)];
  if (before !== undefined && after !== undefined) {
    const lost = [...before].filter((label) => !after.has(label) && is.labels[label] === undefined).sort();
    const gained = [...after].filter((label) => !before.has(label)).sort();
    const concerned = readers.filter(({ labels }) => lost.some((label) => labels.has(label)));
    const show = (labels: ReadonlySet<string>) => [...labels].sort().join(', ') || 'no labels';
    if (lost.length > 0) {
      add(
        'record-labels-lost',
        concerned.length > 0 ? 'breaking' : 'notable',
        show(before),
        show(after),
        concerned.length > 0
          ? `${names(concerned)} ${concerned.length === 1 ? 'uses' : 'use'} ${listed(lost)}, which the series no longer has.`
          : `The series no longer distinguishes ${listed(lost)}.`,
      );
    }
    if (gained.length > 0) {
      add(
        'record-labels-gained',
        'notable',
        show(before),
        show(after),
        `One series becomes many, one per ${listed(gained)}; joins on fewer labels may fail.`,
      );
    }
  }
  groupChange(was, is, add);
  return findings;
}

function groupChanges(before: readonly Group[], after: readonly Group[]): Finding[] {
  const { pairs } = match(before, after, [
    ({ name, file }) => JSON.stringify([name, file]),
    ({ name }) => name,
  ]);
  return pairs.flatMap(([was, is]): Finding[] => {
    const [from, to] = [seconds(was.interval), seconds(is.interval)];
    if (was.interval === is.interval || from === to) return [];
    const consequence =
      was.interval === undefined || is.interval === undefined
        ? 'Its rules are evaluated at the default interval of Prometheus.'
        : to > from
          ? `Its rules are evaluated less often: alerts fire up to ${length(to - from)} later.`
          : 'Its rules are evaluated more often, which costs more server time.';
    return [
      {
        kind: 'interval-changed',
        level: 'notable',
        subject: `group ${is.name}`,
        before: `every ${was.interval ?? 'default'}`,
        after: `every ${is.interval ?? 'default'}`,
        consequence,
        file: is.file,
      },
    ];
  });
}

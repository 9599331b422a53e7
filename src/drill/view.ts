import type { Bundle } from '../bundle/bundle.js';
import { withStepLinks } from '../bundle/links.js';
import { formatSeconds, padded, shortRelay, styled, type TerminalStyle } from '../terminal/text.js';
import { wrap } from '../terminal/wrap.js';
import { hasFailed, type Progress, type ReactionResult, type ReactionState } from './progress.js';
import type { Remark } from './remarks.js';
import { type DrillStep, stepsAhead } from './steps.js';

/** A drill as far as it has come. */
export interface Drill {
  readonly relay: string;
  /** Seconds since the epoch, by Prometheus' clock. */
  readonly start: number;
  readonly now: number;
  readonly progress: Progress;
  readonly remarks: readonly Remark[];
}

/** Where to look when a reaction did not come. */
export interface WhereToLook {
  /** What to look at. */
  readonly advice: string;
  /** The runbook page. */
  readonly runbook: string;
  /** The panel that shows it; absent where the site has switched the alert off. */
  readonly panel?: string;
}

/** The place that a reaction's alert names: its runbook page and the panel that explains it. */
export function whereToLook(bundle: Bundle, { reaction }: ReactionResult): WhereToLook {
  const { look: advice, alert } = reaction;
  const rule = bundle.alertGroups.flatMap(({ rules }) => rules).find((one) => one.alert === alert);
  const link = rule?.definition.dashboard;
  const dashboard = bundle.dashboards.find(({ definition }) => definition.uid === link?.uid);
  const panel = dashboard?.rows
    .flatMap(({ panels }) => panels)
    .find(({ definition }) => definition.id === link?.panel);
  return {
    advice: withStepLinks(bundle.config, advice, 'plain'),
    runbook: rule?.annotations.runbook_url ?? `runbooks/${alert}.md`,
    ...(dashboard === undefined || panel === undefined
      ? {}
      : { panel: `${dashboard.definition.title} / ${panel.definition.title}` }),
  };
}

const MARKS: Readonly<Record<ReactionState, string>> = {
  waiting: '[ ]',
  watching: '[.]',
  seen: '[x]',
  late: '[!]',
  missing: '[!]',
  unreached: '[-]',
  'not-served': '[/]',
  'from-before': '[/]',
  'no-hint': '[/]',
};
const FORMATS: Readonly<Record<ReactionState, Parameters<typeof styled>[1]>> = {
  waiting: 'gray',
  watching: 'cyan',
  seen: 'green',
  late: 'red',
  missing: 'red',
  unreached: 'red',
  'not-served': 'gray',
  'from-before': 'gray',
  'no-hint': 'gray',
};

const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);
const iso = (seconds: number) => new Date(Math.round(seconds * 1000)).toISOString();

/** What is said of a reaction, in one line. */
function statusLine({ state, evidence, deadline, dueSince, why }: ReactionResult, now: number): string {
  const took =
    evidence === undefined || dueSince === undefined
      ? ''
      : ` after ${formatSeconds(Math.max(0, evidence.time - dueSince))}`;
  const allowed = deadline === undefined || dueSince === undefined ? '' : formatSeconds(deadline - dueSince);
  switch (state) {
    case 'seen':
      return `${clock(evidence?.time ?? 0)}${took}: ${evidence?.by ?? ''}`;
    case 'late':
      return `${clock(evidence?.time ?? 0)}${took}, LATE (allowed ${allowed}): ${evidence?.by ?? ''}`;
    case 'missing':
      return `NOT SEEN within ${allowed}`;
    case 'unreached':
      return 'NOT SEEN: an earlier reaction is missing';
    case 'watching':
      return deadline === undefined ? 'watching' : `watching, ${formatSeconds(deadline - now)} left`;
    case 'waiting':
      return '';
    default:
      return why ?? '';
  }
}

const withRelay = (text: string, relay: string) => text.replaceAll('<relayKey>', relay);

/** The live checklist of a terminal, at most `height` lines. */
export function checklist(drill: Drill, style: TerminalStyle, height: number): string[] {
  const { progress, relay, start, now, remarks } = drill;
  const short = shortRelay(relay);
  const titles = Math.max(...progress.reactions.map(({ reaction }) => reaction.title.length));
  const room = Math.max(20, style.width - titles - 6);
  const rows = progress.reactions.map((judged) => {
    const text = statusLine(judged, now).replaceAll(relay, short);
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    const head = styled(style, FORMATS[judged.state], MARKS[judged.state]);
    return `${head} ${padded(judged.reaction.title, titles)}  ${shown}`;
  });
  const [next, then] = stepsAhead(progress.reactions);
  const stepLines = (label: string, step: DrillStep | undefined) =>
    step === undefined
      ? []
      : [
          styled(style, 'bold', `${label}: ${step.from}`),
          ...wrap(withRelay(step.text, short), Math.max(30, style.width - 2)).map((line) => `  ${line}`),
        ];
  const head = [
    `${styled(style, 'bold', `Offline drill of relay ${short}`)}, ${formatSeconds(now - start)}`,
    '',
    ...stepLines('Next', next),
    ...stepLines('Then', then),
    '',
    ...rows,
  ];
  const left = Math.max(0, height - head.length - 2);
  const shownRemarks = left === 0 ? [] : remarks.slice(-left);
  return [
    ...head,
    ...(shownRemarks.length === 0 ? [] : ['']),
    ...shownRemarks.map(({ time, text }) => {
      const line = `${clock(time)}  ${text.replaceAll(relay, short)}`;
      return line.length > style.width ? `${line.slice(0, style.width - 1)}…` : line;
    }),
  ].slice(0, height);
}

/** Tells as plain lines what is new since the last look. */
export class ProgressLog {
  readonly #reported = new Set<string>();

  newLines(drill: Drill): string[] {
    const { progress, remarks, relay, now } = drill;
    const lines: string[] = [];
    const once = (line: string, key = line) => {
      if (!this.#reported.has(key)) lines.push(line);
      this.#reported.add(key);
    };
    for (const judged of progress.reactions) {
      const { state, reaction } = judged;
      if (state === 'waiting' || state === 'watching') continue;
      once(`${MARKS[state]} ${reaction.title}: ${statusLine(judged, now)}`, `${reaction.id} ${state}`);
    }
    for (const { time, text } of remarks) once(`    ${clock(time)} ${text}`);
    const [next] = stepsAhead(progress.reactions);
    if (next !== undefined) once(`--> ${next.from}: ${withRelay(next.text, relay)}`);
    return lines;
  }
}

/** How it ended: what reacted, what did not, and where to look. */
export function verdict(bundle: Bundle, { progress, start, now }: Drill, interrupted = false): string {
  const failed = progress.reactions.filter(({ state }) => hasFailed(state));
  const open = progress.reactions.filter(({ state }) => state === 'waiting' || state === 'watching');
  const seen = progress.reactions.filter(({ state }) => state === 'seen');
  const lines = failed.flatMap((judged) => {
    const { advice, runbook, panel } = whereToLook(bundle, judged);
    return [
      `${MARKS[judged.state]} ${judged.reaction.title}: ${statusLine(judged, now)}`,
      // A failure that another one causes needs no separate advice.
      ...(judged.state === 'unreached'
        ? []
        : [
            `    check: ${advice}`,
            `    runbook: ${runbook}`,
            ...(panel === undefined ? [] : [`    panel:   ${panel}`]),
          ]),
    ];
  });
  const total = `${seen.length} of ${progress.reactions.length} reactions seen in ${formatSeconds(now - start)}`;
  if (interrupted && open.length > 0) {
    lines.push(`interrupted before the end: ${open.map(({ reaction }) => reaction.title).join('; ')}`);
  }
  const others = progress.reactions.length - seen.length - failed.length - open.length;
  const rest = others === 0 ? '' : `, ${others} not tested or not exposed here`;
  const ok = failed.length === 0 && open.length === 0;
  lines.push(
    ok ? `All observable reactions happened: ${total}${rest}.` : `Reactions are MISSING: ${total}${rest}.`,
  );
  return lines.join('\n');
}

/** The drill for machines. Times are RFC 3339, lengths are seconds. */
export function asJson(bundle: Bundle, drill: Drill, interrupted = false): unknown {
  const { relay, start, now, progress, remarks } = drill;
  return {
    relay,
    ok: progress.over && progress.ok,
    interrupted,
    start: iso(start),
    end: iso(now),
    reactions: progress.reactions.map((judged) => {
      const { reaction, state, evidence, dueSince, deadline, why } = judged;
      return {
        id: reaction.id,
        title: reaction.title,
        state,
        ...(evidence === undefined ? {} : { at: iso(evidence.time), by: evidence.by }),
        ...(evidence === undefined || dueSince === undefined
          ? {}
          : { seconds: Math.round(Math.max(0, evidence.time - dueSince) * 1000) / 1000 }),
        ...(deadline === undefined ? {} : { deadline: iso(deadline) }),
        ...(why === undefined ? {} : { why }),
        ...(hasFailed(state) ? { look: whereToLook(bundle, judged) } : {}),
      };
    }),
    remarks: remarks.map(({ time, text }) => ({ at: iso(time), text })),
  };
}

import type { Bundle } from '../bundle/bundle.js';
import { type Dress, dressed, inWords, shortRelay } from '../terminal/text.js';
import { hasFailed, type Judged, type Progress, type ReactionState } from './progress.js';
import type { Remark } from './remarks.js';
import { type Step, stepsAhead } from './steps.js';

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
export interface Place {
  /** What to do, in words. */
  readonly words: string;
  /** The runbook page. */
  readonly runbook: string;
  /** The panel that shows it; absent where the site has switched the alert off. */
  readonly panel?: string;
}

/** The place that a reaction's alert names: its runbook page and the panel that explains it. */
export function placeOf(bundle: Bundle, { reaction }: Judged): Place {
  const { look: words, alert } = reaction;
  const rule = bundle.alertGroups.flatMap(({ rules }) => rules).find((one) => one.alert === alert);
  const link = rule?.definition.dashboard;
  const dashboard = bundle.dashboards.find(({ definition }) => definition.uid === link?.uid);
  const panel = dashboard?.rows
    .flatMap(({ panels }) => panels)
    .find(({ definition }) => definition.id === link?.panel);
  return {
    words,
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
const FORMATS: Readonly<Record<ReactionState, Parameters<typeof dressed>[1]>> = {
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
export function sentence({ state, evidence, deadline, dueSince, why }: Judged, now: number): string {
  const took =
    evidence === undefined || dueSince === undefined
      ? ''
      : ` after ${inWords(Math.max(0, evidence.time - dueSince))}`;
  const allowed = deadline === undefined || dueSince === undefined ? '' : inWords(deadline - dueSince);
  switch (state) {
    case 'seen':
      return `${clock(evidence?.time ?? 0)}${took}: ${evidence?.by ?? ''}`;
    case 'late':
      return `${clock(evidence?.time ?? 0)}${took}, LATE (allowed ${allowed}): ${evidence?.by ?? ''}`;
    case 'missing':
      return `NOT SEEN within ${allowed}`;
    case 'unreached':
      return 'NOT SEEN: what comes before it did not happen';
    case 'watching':
      return deadline === undefined ? 'watching' : `watching, ${inWords(deadline - now)} left`;
    case 'waiting':
      return '';
    default:
      return why ?? '';
  }
}

/** Cuts words into lines of a width. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const filled = (text: string, relay: string) => text.replaceAll('<relayKey>', relay);

/** The live checklist of a terminal, at most `height` lines. */
export function checklist(drill: Drill, dress: Dress, height: number): string[] {
  const { progress, relay, start, now, remarks } = drill;
  const short = shortRelay(relay);
  const titles = Math.max(...progress.reactions.map(({ reaction }) => reaction.title.length));
  const room = Math.max(20, dress.width - titles - 6);
  const rows = progress.reactions.map((judged) => {
    const text = sentence(judged, now).replaceAll(relay, short);
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    const head = dressed(dress, FORMATS[judged.state], MARKS[judged.state]);
    return `${head} ${judged.reaction.title.padEnd(titles)}  ${shown}`;
  });
  const [next, then] = stepsAhead(progress.reactions);
  const stepLines = (label: string, step: Step | undefined) =>
    step === undefined
      ? []
      : [
          dressed(dress, 'bold', `${label}: ${step.from}`),
          ...wrapped(filled(step.text, short), Math.max(30, dress.width - 2)).map((line) => `  ${line}`),
        ];
  const head = [
    `${dressed(dress, 'bold', `Offline drill of relay ${short}`)}, ${inWords(now - start)}`,
    '',
    ...stepLines('Next', next),
    ...stepLines('Then', then),
    '',
    ...rows,
  ];
  const left = Math.max(0, height - head.length - 2);
  const said = left === 0 ? [] : remarks.slice(-left);
  return [
    ...head,
    ...(said.length === 0 ? [] : ['']),
    ...said.map(({ time, text }) => {
      const line = `${clock(time)}  ${text.replaceAll(relay, short)}`;
      return line.length > dress.width ? `${line.slice(0, dress.width - 1)}…` : line;
    }),
  ].slice(0, height);
}

/** Tells as plain lines what is new since the last look. */
export class Log {
  readonly #said = new Set<string>();

  news(drill: Drill): string[] {
    const { progress, remarks, relay, now } = drill;
    const lines: string[] = [];
    const once = (line: string, key = line) => {
      if (!this.#said.has(key)) lines.push(line);
      this.#said.add(key);
    };
    for (const judged of progress.reactions) {
      const { state, reaction } = judged;
      if (state === 'waiting' || state === 'watching') continue;
      once(`${MARKS[state]} ${reaction.title}: ${sentence(judged, now)}`, `${reaction.id} ${state}`);
    }
    for (const { time, text } of remarks) once(`    ${clock(time)} ${text}`);
    const [next] = stepsAhead(progress.reactions);
    if (next !== undefined) once(`--> ${next.from}: ${filled(next.text, relay)}`);
    return lines;
  }
}

/** How it ended: what reacted, what did not, and where to look. */
export function verdict(bundle: Bundle, { progress, start, now }: Drill, interrupted = false): string {
  const failed = progress.reactions.filter(({ state }) => hasFailed(state));
  const open = progress.reactions.filter(({ state }) => state === 'waiting' || state === 'watching');
  const seen = progress.reactions.filter(({ state }) => state === 'seen');
  const lines = failed.flatMap((judged) => {
    const { words, runbook, panel } = placeOf(bundle, judged);
    return [
      `${MARKS[judged.state]} ${judged.reaction.title}: ${sentence(judged, now)}`,
      // What follows from an earlier one needs no looking after of its own.
      ...(judged.state === 'unreached'
        ? []
        : [
            `    look at: ${words}`,
            `    runbook: ${runbook}`,
            ...(panel === undefined ? [] : [`    panel:   ${panel}`]),
          ]),
    ];
  });
  const total = `${seen.length} of ${progress.reactions.length} reactions seen in ${inWords(now - start)}`;
  if (interrupted && open.length > 0) {
    lines.push(`interrupted before the end: ${open.map(({ reaction }) => reaction.title).join('; ')}`);
  }
  const others = progress.reactions.length - seen.length - failed.length - open.length;
  const rest = others === 0 ? '' : `, ${others} not tried or not served here`;
  const ok = failed.length === 0 && open.length === 0;
  lines.push(ok ? `All that can be seen reacted: ${total}${rest}.` : `NOT all reacted: ${total}${rest}.`);
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
        ...(hasFailed(state) ? { look: placeOf(bundle, judged) } : {}),
      };
    }),
    remarks: remarks.map(({ time, text }) => ({ at: iso(time), text })),
  };
}

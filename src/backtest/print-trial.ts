import { table } from '../terminal/table.js';
import { formatSeconds } from '../terminal/text.js';
import { amount, iso } from './print.js';
import type { AlertSummary } from './summary.js';
import type { TrialResult, TrialRow } from './trial.js';

const HEADER = ['alert', 'episodes', 'firing', 'flaps', 'pages/week', 'detected after'];

type Counts = Pick<AlertSummary, 'episodes' | 'firing' | 'flaps' | 'pages'>;

const counts = ({ episodes, firing, flaps, pages }: Counts) => [
  String(episodes),
  formatSeconds(firing),
  String(flaps),
  amount(pages),
];

/** The longest time of some situations, and how many of them are missed. */
function detectedAfter(detections: TrialRow['detections']): string {
  if (detections.length === 0) return 'not simulated';
  const delays = detections.flatMap(({ delay }) => (delay === undefined ? [] : [delay]));
  const missed = detections.length - delays.length;
  const longest = Math.max(...delays);
  const shown = longest < 0 ? `-${formatSeconds(-longest)}` : formatSeconds(longest);
  if (missed === 0) return shown;
  const misses = `${missed} of ${detections.length} missed`;
  return delays.length === 0 ? misses : `${shown}, ${misses}`;
}

/** The rows of one value: all alerts together, and each of those that fire or have to where there are several. */
function linesOf(row: TrialRow, alerts: readonly string[]): string[][] {
  const [only, ...more] = alerts;
  const name = more.length === 0 ? (only as string) : `${alerts.length} alerts`;
  const single = row.alerts.flatMap((one): string[][] => {
    const detections = row.detections.filter(({ alert }) => alert === one.alert);
    if (one.episodes === 0 && detections.length === 0) return [];
    return [['', `  ${one.alert}`, ...counts(one), detections.length === 0 ? '' : detectedAfter(detections)]];
  });
  return [
    [row.value, name, ...counts(row), detectedAfter(row.detections)],
    ...(more.length === 0 ? [] : single),
  ];
}

/** The result as a table with a row per value. */
export function trialAsText(result: TrialResult): string {
  const { trial, rows, alerts, start, end, warnings } = result;
  const situations = rows[0]?.detections.length ?? 0;
  return [
    `${iso(start)} to ${iso(end)}, ${trial.setting}=${trial.values.join(', ')}`,
    '',
    ...table([[trial.setting, ...HEADER], ...rows.flatMap((row) => linesOf(row, alerts))]),
    '',
    ...(situations === 0
      ? []
      : [
          `Detected after: the longest time in ${situations} situation${situations === 1 ? '' : 's'} of the simulator, from when the metrics first show the fault.`,
        ]),
    ...choiceOf(result),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ].join('\n');
}

function choiceOf({ budget, chosen, trial }: TrialResult): string[] {
  if (budget === undefined) return [];
  if (chosen === undefined) return [`No value keeps the budget of ${amount(budget)} pages a week.`];
  return [
    `Within the budget of ${amount(budget)} pages a week, ${trial.setting}=${chosen.value} is the most sensitive: ${amount(chosen.pages)} pages a week.`,
  ];
}

/** The result for machines. */
export function trialAsJson({ trial, rows, replay, chosen, ...rest }: TrialResult): unknown {
  const { refused, unread, ...shown } = rest;
  return {
    setting: trial.setting,
    ...shown,
    requests: replay.answers,
    points: replay.points,
    chosen: chosen?.value ?? null,
    rows,
    notRead: unread.map(({ file, reason }) => ({ file, reason })),
    notReplayed: refused.map(({ rule, reason }) => ({ alert: rule.name, reason })),
  };
}

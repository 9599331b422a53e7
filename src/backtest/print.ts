import { table } from '../terminal/table.js';
import { formatSeconds, shortRelay } from '../terminal/text.js';
import { type Backtest, summaryIn } from './backtest.js';
import type { SideHistory } from './replay.js';
import type { AlertComparison, AlertSummary } from './summary.js';

const HEADER = ['alert', 'severity', 'episodes', 'firing', 'flaps', 'pages/week', 'worst series'];

export const amount = (value: number) => (value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1));
export const iso = (time: number) => new Date(time * 1000).toISOString().replace('.000', '');

function named(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${name === 'relay' ? shortRelay(value) : value}`)
    .join(' ');
}

/** The cells of one alert; `before -> after` where both sides are compared and differ. */
function cells(row: AlertComparison, both: boolean): string[] {
  const change = (value: (summary: AlertSummary) => number, show: (value: number) => string) => {
    const [old = '', now = ''] = [row.before, row.after].map((side) =>
      side === undefined ? '-' : show(value(side)),
    );
    return both && old !== now ? `${old} -> ${now}` : now;
  };
  const side = summaryIn(row);
  const worst = side.worst ?? row.before?.worst;
  return [
    row.alert,
    side.severity,
    change(({ episodes }) => episodes, String),
    change(({ firing }) => firing, formatSeconds),
    change(({ flaps }) => flaps, String),
    change(({ pages }) => pages, amount),
    worst === undefined ? '' : `${named(worst.labels) || '(no labels)'} for ${formatSeconds(worst.firing)}`,
  ];
}

function quietAlerts(all: number, quiet: number): string {
  if (all === 0) return 'No alerts were replayed.';
  return quiet === 0 ? 'Every alert fired.' : `${quiet} of ${all} alert${all === 1 ? '' : 's'} never fired.`;
}

/** The result as a table of the alerts that fired or that only one side has. */
export function asText({ rows, hasBase, start, end }: Backtest): string {
  const active = (row: AlertComparison) => (row.before?.episodes ?? 0) + (row.after?.episodes ?? 0) > 0;
  const changed = (row: AlertComparison) => hasBase && (row.before === undefined || row.after === undefined);
  const shown = rows.filter((row) => active(row) || changed(row));
  const drawn = table([HEADER, ...shown.map((row) => cells(row, hasBase))]);
  return [
    `${iso(start)} to ${iso(end)}${hasBase ? ', before -> after' : ''}`,
    '',
    ...(shown.length === 0 ? [] : [...drawn, '']),
    quietAlerts(rows.length, rows.filter((row) => !active(row)).length),
  ].join('\n');
}

/** The result for machines. */
export function asJson({ rows, refused, unread, replay, start, end }: Backtest): unknown {
  return {
    start,
    end,
    requests: replay.answers,
    points: replay.points,
    alerts: rows,
    episodes: (replay.sides.at(-1) as SideHistory).alerts.flatMap(({ rule, episodes }) =>
      episodes.map((episode) => ({ alert: rule.name, ...episode })),
    ),
    notRead: unread.map(({ file, reason }) => ({ file, reason })),
    notReplayed: refused.map(({ rule, reason }) => ({ alert: rule.name, reason })),
  };
}

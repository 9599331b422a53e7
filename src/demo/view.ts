import { formatSeconds, row, shortRelay, styled, type TerminalStyle, truncate } from '../terminal/text.js';
import type { Observation, SeenAlert } from './observe.js';

/** What the screen shows besides the answers of Prometheus. */
export interface RunInfo {
  /** Seconds since the start. */
  readonly running: number;
  readonly relays: readonly { readonly relay: string; readonly worker: string; readonly behaviour: string }[];
  /** Titles and addresses to open. */
  readonly addresses: readonly (readonly [title: string, address: string])[];
  /** Remarks on how this run differs from a real site. */
  readonly remarks: readonly string[];
}

const PHASE_FORMATS: Readonly<Record<string, Parameters<typeof styled>[1]>> = {
  idle: 'gray',
  'worker away': 'blue',
  pushing: 'cyan',
  resyncing: 'cyan',
  rotating: 'cyan',
  stuck: ['bold', 'red'],
  blocked: ['bold', 'red'],
  unknown: 'yellow',
};
const SEVERITY_FORMATS = { critical: 'red', warning: 'yellow', info: 'blue' } as const;

/** The lines of the live screen, at most `height` of them. A pure function of what is known. */
export function screen(
  observation: Observation | undefined,
  run: RunInfo,
  style: TerminalStyle,
  height: number,
): string[] {
  const faint = (text: string) => styled(style, 'gray', truncate(text, style.width));
  const head = header(run, style);
  const foot = [
    ...run.remarks.map((remark) => faint(remark)),
    faint('Press Ctrl-C to stop everything and remove all temporary files.'),
  ];
  if (observation === undefined)
    return [...head, 'Waiting for the first response from Prometheus.', '', ...foot];
  const body = [
    statusRow(observation, style),
    '',
    ...relayTable(observation, run, style),
    '',
    faint('ALERTS'),
  ];
  const room = Math.max(1, height - head.length - body.length - foot.length - 1);
  return [...head, ...body, ...alertRows(observation.alerts, style, room), '', ...foot];
}

/** Title and addresses. */
function header(run: RunInfo, style: TerminalStyle): string[] {
  const title = 'gateway-observability';
  const subtitle = `simulated gateway and workers, real exporters, real Prometheus, ${formatSeconds(run.running)}`;
  return [
    row(style, [
      { text: title, width: title.length, format: 'bold' },
      { text: subtitle, width: style.width, format: 'gray' },
    ]),
    '',
    ...run.addresses.map(([title, address]) =>
      row(style, [
        { text: title, width: 14, format: 'gray' },
        { text: address, width: style.width, format: 'underline' },
      ]),
    ),
    '',
  ];
}

/** How many targets are up, rules healthy and alerts firing. */
function statusRow({ targets, groups, alerts }: Observation, style: TerminalStyle): string {
  const up = targets.filter(({ health }) => health === 'up').length;
  const rules = groups.flatMap((group) => group.rules);
  const unhealthy = rules.filter(({ health }) => health === 'err').length;
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const badge = (text: string, format: 'green' | 'yellow' | 'red') => ({
    text,
    width: text.length + 1,
    format,
  });
  return row(style, [
    badge(`${up} of ${targets.length} targets up`, up === targets.length && up > 0 ? 'green' : 'yellow'),
    badge(`${rules.length} rules, ${unhealthy} unhealthy`, unhealthy === 0 ? 'green' : 'red'),
    badge(`${firing} alerts firing, ${alerts.length - firing} pending`, firing === 0 ? 'green' : 'yellow'),
  ]);
}

/** The heading and one row per relay. */
function relayTable(observation: Observation, run: RunInfo, style: TerminalStyle): string[] {
  const widths = [11, 8, 11, 8, 15] as const;
  const line = (
    texts: readonly string[],
    formatOf: (column: number) => Parameters<typeof styled>[1] | undefined,
  ) =>
    row(
      style,
      texts.map((text, i) => {
        const format = formatOf(i);
        return { text, width: widths[i] ?? style.width, ...(format === undefined ? {} : { format }) };
      }),
    );
  const observed = new Map(observation.relays.map((relay) => [relay.relay, relay]));
  return [
    line(['RELAY', 'WORKER', 'PHASE', 'PENDING', 'LEASE', 'BEHAVIOUR'], () => 'gray'),
    ...run.relays.map(({ relay, worker, behaviour }) => {
      const { phase = 'idle', pendingFor, leaseEndsIn } = observed.get(relay) ?? {};
      const pending = pendingFor === undefined ? '-' : formatSeconds(pendingFor);
      const texts = [shortRelay(relay), worker, phase, pending, leaseText(leaseEndsIn), behaviour];
      return line(texts, (column) =>
        column === 2 ? PHASE_FORMATS[phase] : column === 1 || column === 5 ? 'gray' : undefined,
      );
    }),
  ];
}

function leaseText(endsIn: number | undefined): string {
  if (endsIn === undefined) return '-';
  return endsIn > 0 ? `ends in ${formatSeconds(endsIn)}` : `over ${formatSeconds(-endsIn)}`;
}

function alertRows(alerts: readonly SeenAlert[], style: TerminalStyle, room: number): string[] {
  if (alerts.length === 0) return [styled(style, 'gray', 'none yet')];
  const shown = alerts.length > room ? alerts.slice(0, Math.max(0, room - 1)) : alerts;
  const names = Math.max(...shown.map(({ alert }) => alert.length));
  // On a narrow screen the summary says more than the name.
  const withNames = style.width >= 60 + names;
  const rows = shown.map(({ severity, state, seconds, alert, summary }) =>
    row(style, [
      { text: severity, width: 8, format: SEVERITY_FORMATS[severity] },
      { text: state, width: 7, format: state === 'firing' ? 'bold' : 'gray' },
      { text: formatSeconds(seconds), width: 8 },
      ...(withNames ? [{ text: alert, width: names, format: 'gray' as const }] : []),
      // A key of 64 digits leaves no room for what is said about it.
      { text: shortenRelayKeys(summary), width: style.width },
    ]),
  );
  const more = alerts.length - shown.length;
  return more === 0 ? rows : [...rows, styled(style, 'gray', `and ${more} more: see Prometheus, Alerts`)];
}

/** Shortens every relay key in a text. */
export function shortenRelayKeys(text: string): string {
  return text.replace(/[0-9a-f]{64}/g, shortRelay);
}

/** What changed between two looks, as plain lines for a log. */
export function changes(before: Observation | undefined, after: Observation, run: RunInfo): string[] {
  const at = formatSeconds(run.running).padStart(8);
  const lines: string[] = [];
  const phases = new Map(before?.relays.map(({ relay, phase }) => [relay, phase]));
  for (const { relay, phase } of after.relays) {
    const old = phases.get(relay) ?? 'idle';
    if (old !== phase) lines.push(`${at}  relay ${shortRelay(relay)}: ${old} -> ${phase}`);
  }
  const key = ({ alert, relay, state }: SeenAlert) => `${state} ${alert} ${relay ?? ''}`;
  const old = new Set(before?.alerts.map(key));
  const now = new Set(after.alerts.map(key));
  for (const alert of after.alerts) {
    if (!old.has(key(alert))) {
      lines.push(
        `${at}  ${alert.state} (${alert.severity}) ${alert.alert}: ${shortenRelayKeys(alert.summary)}`,
      );
    }
  }
  for (const alert of before?.alerts ?? []) {
    const other = { ...alert, state: alert.state === 'firing' ? 'pending' : 'firing' } as SeenAlert;
    if (!now.has(key(alert)) && !now.has(key(other))) {
      lines.push(
        `${at}  resolved ${alert.alert}${alert.relay === undefined ? '' : ` of ${shortRelay(alert.relay)}`}`,
      );
    }
  }
  return lines;
}

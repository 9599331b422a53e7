import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { PHASES, phase } from '../../recording-rules/phase.js';
import type { Severity } from '../model/severity.js';
import type { ActiveAlert, PrometheusClient, RuleGroupStatus, TargetStatus } from '../prometheus/client.js';

/** An alert that is pending or firing. */
export interface SeenAlert {
  readonly alert: string;
  readonly severity: Severity;
  readonly state: 'pending' | 'firing';
  readonly relay?: string;
  readonly summary: string;
  /** Seconds for which its condition has held. */
  readonly seconds: number;
}

/** What the recording rules say of a relay. */
export interface SeenRelay {
  readonly relay: string;
  /** A name of {@link PHASES}, in words: `worker away`. */
  readonly phase: string;
  /** Seconds; absent where nothing is pending. */
  readonly pendingFor?: number;
  /** Seconds, negative after the expiry; absent where no lease is known. */
  readonly leaseEndsIn?: number;
}

/** Everything a look at Prometheus shows. */
export interface Observation {
  readonly targets: readonly TargetStatus[];
  readonly groups: readonly RuleGroupStatus[];
  readonly relays: readonly SeenRelay[];
  /** Firing before pending, critical before the rest. */
  readonly alerts: readonly SeenAlert[];
}

const PHASE_NAMES = new Map(
  Object.entries(PHASES).map(([name, code]) => [
    code as number,
    name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`),
  ]),
);
const SEVERITY_ORDER = ['critical', 'warning', 'info'];

/** Asks Prometheus for targets, rules, alerts and what the rules recorded. */
export async function observe(client: PrometheusClient): Promise<Observation> {
  const byRelay = async (record: string): Promise<Map<string, number>> =>
    new Map((await client.query(record)).map(({ labels, value }) => [labels.relay ?? '', value]));
  const [targets, groups, phases, starts, expiries] = await Promise.all([
    client.targets(),
    client.rules(),
    byRelay(phase.record),
    byRelay(pendingStart.record),
    byRelay(leaseExpiry.record),
  ]);
  const now = Date.now() / 1000;
  const relays = [...phases].map(([relay, code]) => {
    const start = starts.get(relay);
    const expiry = expiries.get(relay);
    return {
      relay,
      phase: PHASE_NAMES.get(code) ?? `code ${code}`,
      ...(start === undefined || start === 0 ? {} : { pendingFor: now - start }),
      ...(expiry === undefined ? {} : { leaseEndsIn: expiry - now }),
    };
  });
  const alerts = groups
    .flatMap((group) => group.rules)
    .flatMap((rule) => (rule.alerts ?? []).map((alert) => seenAlert(rule.name, alert, now)))
    .sort(
      (a, b) =>
        Number(b.state === 'firing') - Number(a.state === 'firing') ||
        SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity) ||
        compare(a.alert, b.alert) ||
        compare(a.relay ?? '', b.relay ?? ''),
    );
  return { targets, groups, relays, alerts };
}

function seenAlert(
  name: string,
  { labels, annotations, state, activeAt }: ActiveAlert,
  now: number,
): SeenAlert {
  return {
    alert: name,
    severity: (labels.severity ?? 'info') as Severity,
    state,
    ...(labels.relay === undefined ? {} : { relay: labels.relay }),
    summary: annotations.summary ?? '',
    seconds: Math.max(0, now - Date.parse(activeAt) / 1000),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Whether every group has been evaluated since a moment (seconds since the epoch). */
export function evaluatedSince(groups: readonly RuleGroupStatus[], moment: number): boolean {
  return (
    groups.length > 0 && groups.every(({ lastEvaluation }) => Date.parse(lastEvaluation) / 1000 > moment)
  );
}

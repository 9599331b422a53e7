import type { Bundle } from '../bundle/bundle.js';
import type { PrometheusClient } from '../prometheus/client.js';
import { table } from '../terminal/table.js';
import type { Observation } from './observe.js';
import { shortenRelayKeys } from './view.js';

/** A recording rule and what it recorded. */
export interface RecordedRule {
  readonly record: string;
  readonly samples: number;
  /** Why the rule may record nothing; absent for rules that must. */
  readonly emptyWhen?: string;
}

/** What `start --once` found. */
export interface Summary {
  readonly ok: boolean;
  /** Seconds from the start to this summary. */
  readonly seconds: number;
  readonly targets: readonly {
    readonly job: string;
    readonly instance: string;
    readonly up: boolean;
    readonly error: string;
  }[];
  readonly rules: {
    readonly healthy: number;
    readonly unhealthy: readonly { readonly rule: string; readonly error: string }[];
  };
  readonly recorded: readonly RecordedRule[];
  readonly alerts: readonly {
    readonly alert: string;
    readonly severity: string;
    readonly state: string;
    readonly summary: string;
  }[];
  /** What is wrong, in words; empty where `ok`. */
  readonly problems: readonly string[];
}

/** How many samples each recording rule has now. */
export async function recordedRules(bundle: Bundle, client: PrometheusClient): Promise<RecordedRule[]> {
  const rules = bundle.recordingGroups.flatMap((group) => group.rules);
  return Promise.all(
    rules.map(async ({ record, definition }) => {
      const [sample] = await client.query(`count(${record})`);
      const { emptyWhen } = definition;
      return { record, samples: sample?.value ?? 0, ...(emptyWhen === undefined ? {} : { emptyWhen }) };
    }),
  );
}

/** Judges a look at Prometheus. */
export function summarize(
  observation: Observation,
  recorded: readonly RecordedRule[],
  seconds: number,
): Summary {
  const rules = observation.groups.flatMap((group) => group.rules);
  const unhealthy = rules
    .filter(({ health }) => health !== 'ok')
    .map(({ name, health, lastError }) => ({ rule: name, error: lastError || `health is ${health}` }));
  const targets = observation.targets.map(({ job, instance, health, lastError }) => ({
    job,
    instance,
    up: health === 'up',
    error: lastError,
  }));
  const problems = [
    ...(targets.length === 0 ? ['no target is scraped'] : []),
    ...targets
      .filter(({ up }) => !up)
      .map(({ job, instance, error }) => `target ${job} ${instance} is not up: ${error}`),
    ...(rules.length === 0 ? ['no rule is loaded'] : []),
    ...unhealthy.map(({ rule, error }) => `rule ${rule} is not healthy: ${error}`),
    ...recorded
      .filter(({ samples, emptyWhen }) => samples === 0 && emptyWhen === undefined)
      .map(({ record }) => `recording rule ${record} has no samples, and no known reason`),
  ];
  return {
    ok: problems.length === 0,
    seconds: Math.round(seconds * 10) / 10,
    targets,
    rules: { healthy: rules.length - unhealthy.length, unhealthy },
    recorded,
    alerts: observation.alerts.map(({ alert, severity, state, summary }) => ({
      alert,
      severity,
      state,
      summary,
    })),
    problems,
  };
}

/** The summary as text. */
export function summaryText(summary: Summary): string {
  const { targets, rules, recorded, alerts, problems } = summary;
  const filled = recorded.filter(({ samples }) => samples > 0);
  const empty = recorded.filter(({ samples, emptyWhen }) => samples === 0 && emptyWhen !== undefined);
  const states = ['firing', 'pending'].map(
    (state) => `${alerts.filter((alert) => alert.state === state).length} ${state}`,
  );
  return [
    `Targets: ${targets.filter(({ up }) => up).length} of ${targets.length} up`,
    ...targets.map(({ job, instance, up }) => `  ${up ? 'up  ' : 'DOWN'} ${job} ${instance}`),
    `Rules: ${rules.healthy} healthy, ${rules.unhealthy.length} unhealthy`,
    `Recording rules: ${filled.length} with samples, ${empty.length} empty as expected`,
    ...table([
      ...filled.map(({ record, samples }) => [`  ${record}`, String(samples)]),
      ...empty.map(({ record, emptyWhen }) => [`  ${record}`, `empty: ${emptyWhen}`]),
    ]),
    `Alerts: ${states.join(', ')}`,
    ...alerts.map(
      ({ state, severity, summary: text }) => `  ${state} (${severity}): ${shortenRelayKeys(text)}`,
    ),
    ...(problems.length === 0 ? [] : ['Problems:', ...problems.map((problem) => `  ${problem}`)]),
    `${summary.ok ? 'Everything works' : 'NOT everything works'} (${summary.seconds} s).`,
  ].join('\n');
}

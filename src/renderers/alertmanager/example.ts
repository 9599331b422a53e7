import { Document, isMap, isPair, isSeq, type Node } from 'yaml';
import type { AlertingRule, Bundle } from '../../bundle/bundle.js';
import { suggestion } from '../../config/suggestion.js';
import type { AlertSelection, InhibitionDefinition } from '../../model/inhibition.js';
import { SEVERITIES, type Severity, SIGNALS } from '../../model/severity.js';
import { durationOf, durationSeconds } from '../../promql/duration.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { wrap } from '../prometheus/rules.js';

/** Inhibitions that do not fit the alerts. `message` has one line per problem. */
export class InhibitionError extends Error {
  override readonly name = 'InhibitionError';
}

/** One inhibition rule in Alertmanager's words. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal?: readonly string[];
}

const comment = (text: string) =>
  wrap(text, 100)
    .map((line) => ` ${line}`)
    .join('\n');

/** `label="x"`, or `label=~"x|y"`; the values are names, so nothing needs to be escaped. */
const matcher = (label: string, values: readonly string[]) =>
  values.length === 1 ? `${label}="${values[0]}"` : `${label}=~"${values.join('|')}"`;

const rank = (severity: Severity) => SEVERITIES.length - SEVERITIES.indexOf(severity);

const selects = ({ alerts, severities, signals }: AlertSelection, rule: AlertingRule) =>
  (alerts?.includes(rule.alert) ?? true) &&
  (severities?.includes(rule.severity) ?? true) &&
  (signals?.includes(rule.definition.signal) ?? true);

/**
 * The inhibition rules for the alerts of a bundle, each with its reason. Alerts that the site disabled are left out,
 * and with them a rule that has no source or no target left; so is a target of a higher severity than its source.
 *
 * Throws {@link InhibitionError} when an inhibition names an alert that no definition has, compares a label that one
 * of its alerts does not carry, or selects everything.
 */
export function inhibitRules(bundle: Bundle): { readonly rule: InhibitRule; readonly reason: string }[] {
  const { inhibitions } = bundle.definitions;
  const problems = inhibitionProblems(bundle, inhibitions);
  if (problems.length > 0) throw new InhibitionError(problems.join('\n'));

  const rules = bundle.alertGroups.flatMap((group) => group.rules);
  return inhibitions.flatMap(({ source, target, equal, reason }) => {
    const carriesAll = (rule: AlertingRule) =>
      equal.every((label) => label === 'signal' || rule.definition.labels.includes(label));
    // Severities and reach may differ from source to source, so sources that share both share a rule. Those of different
    // signals do not: git would not merge a change of one with a change of another.
    const sources = new Map<string, AlertingRule[]>();
    for (const rule of rules.filter((r) => selects(source, r) && carriesAll(r))) {
      const key = `${rule.severity} ${rule.definition.withoutSiteLabels === true} ${rule.definition.signal}`;
      sources.set(key, [...(sources.get(key) ?? []), rule]);
    }
    return [...sources.values()].flatMap((same) => {
      const { severity, definition } = same[0] as AlertingRule;
      const targets = rules.filter(
        (r) =>
          selects(target, r) &&
          carriesAll(r) &&
          rank(r.severity) <= rank(severity) &&
          (!equal.includes('signal') || same.some((s) => s.definition.signal === r.definition.signal)),
      );
      if (targets.length === 0) return [];
      const rule = {
        // Two alerts that both lack a label are equal to Alertmanager.
        source_matchers: [...matchers(source, same), ...carrying(equal)],
        target_matchers: [...matchers(target, targets), ...carrying(equal)],
      };
      const { groupBy } = bundle.config;
      const perSite = {
        rule: { ...rule, ...(groupBy.length + equal.length === 0 ? {} : { equal: [...groupBy, ...equal] }) },
        reason,
      };
      if (definition.withoutSiteLabels !== true || groupBy.length === 0) return [perSite];
      return [
        {
          rule: {
            ...rule,
            source_matchers: [...rule.source_matchers, ...groupBy.map((label) => `${label}=""`)],
            ...(equal.length === 0 ? {} : { equal: [...equal] }),
          },
          reason: `${reason} Without ${groupBy.join(', ')} it is about every installation of its Prometheus.`,
        },
        {
          ...perSite,
          reason: `Likewise, where ${groupBy.join(', ')} is an external label of each Prometheus.`,
        },
      ];
    });
  });
}

const carrying = (equal: readonly string[]) => equal.filter((l) => l !== 'signal').map((l) => `${l}!=""`);

/** Matchers for one side, narrowed to what the bundle has and, on the target's side, to what may be silenced. */
function matchers(selection: AlertSelection, chosen: readonly AlertingRule[]): string[] {
  const having = (values: readonly string[]) => (value: string) => values.includes(value);
  if (selection.alerts !== undefined) {
    return [matcher('alertname', selection.alerts.filter(having(chosen.map((r) => r.alert))))];
  }
  return [
    matcher('severity', SEVERITIES.filter(having(chosen.map((r) => r.severity)))),
    matcher('signal', (selection.signals ?? SIGNALS).filter(having(chosen.map((r) => r.definition.signal)))),
  ];
}

function inhibitionProblems(bundle: Bundle, definitions: readonly InhibitionDefinition[]): string[] {
  const defined = bundle.definitions.alerts.flatMap((group) => group.rules);
  const names = defined.map(({ alert }) => alert);
  return definitions.flatMap(({ source, target, equal, reason }) => {
    const where = `alerts/inhibitions.ts: ${JSON.stringify(reason)}`;
    const sides = Object.entries({ source, target });
    return sides.flatMap(([side, selection]) => {
      if (
        selection.alerts === undefined &&
        selection.severities === undefined &&
        selection.signals === undefined
      ) {
        return [
          `${where}: ${side}: found nothing, expected alerts, severities or signals: it would match all`,
        ];
      }
      return (selection.alerts ?? []).flatMap((name) => {
        const alert = defined.find((d) => d.alert === name);
        if (alert === undefined) {
          const hint = suggestion(name, names);
          return [`${where}: ${side}: found ${JSON.stringify(name)}, expected the name of an alert${hint}`];
        }
        const missing = equal.filter((label) => label !== 'signal' && !alert.labels.includes(label));
        return missing.map(
          (label) =>
            `${where}: ${side}: ${name} does not carry ${label}, expected labels that both sides carry`,
        );
      });
    });
  });
}

const WORKER_SIGNALS = ['worker-queue', 'exporter'] as const;

/** A receiver to be replaced: nothing listens at these addresses, so a forgotten one fails and says so. */
const placeholder = (name: string, sendResolved: boolean) => ({
  name,
  webhook_configs: [
    {
      url: `http://127.0.0.1:5001/${name}`,
      send_resolved: sendResolved,
      max_alerts: 50,
    },
  ],
});

/**
 * An example configuration of Alertmanager 0.22 and newer for the alerts of a bundle: routes by severity and signal,
 * grouping, inhibition. Receivers are placeholders.
 *
 * Throws {@link InhibitionError} as {@link inhibitRules} does.
 */
export function renderAlertmanagerExample(bundle: Bundle): Artifact[] {
  const { config } = bundle;
  const inhibit = inhibitRules(bundle);
  // Every rule group is evaluated once in this time, and 15 seconds are for sending.
  const groupWait = durationOf(Math.ceil(durationSeconds(config.evaluationInterval)) + 15);
  const document = new Document(
    {
      route: {
        receiver: 'gateway-tickets',
        group_by: ['alertname', ...config.groupBy],
        group_wait: groupWait,
        group_interval: '5m',
        repeat_interval: '1d',
        routes: [
          {
            matchers: ['severity="critical"', 'signal="gateway"'],
            receiver: 'gateway-pager',
            group_wait: '5s',
            repeat_interval: '4h',
          },
          {
            matchers: ['severity="critical"', matcher('signal', SIGNALS)],
            receiver: 'gateway-pager',
            repeat_interval: '4h',
          },
          {
            matchers: ['severity="warning"', matcher('signal', WORKER_SIGNALS)],
            receiver: 'worker-tickets',
            group_interval: '30m',
          },
          {
            matchers: ['severity="warning"', matcher('signal', SIGNALS)],
            receiver: 'gateway-tickets',
            group_interval: '30m',
          },
          {
            matchers: ['severity="info"', matcher('signal', SIGNALS)],
            receiver: 'gateway-chat',
            group_interval: '1h',
            repeat_interval: '4d',
          },
        ],
      },
      inhibit_rules: inhibit.map(({ rule }) => rule),
      receivers: [
        placeholder('gateway-pager', true),
        placeholder('gateway-tickets', true),
        placeholder('worker-tickets', true),
        placeholder('gateway-chat', false),
      ],
    },
    // Anchors would be shorter and harder to merge into another file.
    { aliasDuplicateObjects: false },
  );
  const shared =
    config.groupBy.length === 0
      ? 'No groupBy label is configured: where several installations share this Alertmanager, configure the labels that tell them apart (groupBy), or the gateway of one silences alerts of the others.'
      : `Alerts of one installation share ${config.groupBy.join(', ')}; inhibition never crosses it.`;
  document.commentBefore = comment(
    `${GENERATED}\nSource: alerts/inhibitions.ts, src/renderers/alertmanager/example.ts\n\nAn example: copy it, or merge its routes, inhibition rules and receivers into your own configuration. Addresses are placeholders without secrets.\n${shared}`,
  );
  for (const [path, text] of notesOf(bundle, inhibit)) annotate(document, path, text);
  return [
    {
      path: 'alertmanager/alertmanager.example.yaml',
      content: document.toString({ lineWidth: 0, flowCollectionPadding: false }),
    },
  ];
}

type Note = readonly [path: readonly (string | number)[], text: string];

/** The comments of the example: where each stands, and its text. */
function notesOf({ config }: Bundle, inhibit: ReturnType<typeof inhibitRules>): readonly Note[] {
  const site = config.groupBy.length === 0 ? 'alertname' : `alertname and ${config.groupBy.join(', ')}`;
  return [
    [
      ['route', 'receiver'],
      'For what no route below takes: an alert whose labels somebody changed becomes a ticket, it does not vanish.',
    ],
    [
      ['route', 'group_by'],
      `One notification per ${site}, not per relay: 1,000 relays that fail at once make one page.`,
    ],
    [
      ['route', 'group_wait'],
      `Rule groups are evaluated at different moments of an interval (${config.evaluationInterval}). Waiting for one interval and 15 seconds lets relays that fail together arrive together, and lets what silences an alert arrive before the alert is sent.`,
    ],
    [
      ['route', 'group_interval'],
      'Relays that join a group are told of at most this often. Alertmanager sends a repetition on such a beat only.',
    ],
    [['route', 'repeat_interval'], 'A ticket is open already; once a day says that it is still true.'],
    [
      ['route', 'routes', 0],
      'The gateway itself: sent almost at once. It has waited for its own "for" already, and other alerts wait for it.',
    ],
    [
      ['route', 'routes', 1],
      'Critical pages. Repeated before the shift that took it is over, so that it is handed on.',
    ],
    [
      ['route', 'routes', 2],
      "Warnings about workers and their exporters are for those who run the workers' hosts. Nobody reads a ticket every 5 minutes.",
    ],
    [['route', 'routes', 3], 'All other warnings are tickets for those who run the gateway.'],
    [
      ['route', 'routes', 4],
      'Information goes where nobody is woken. Repeated rarely, within the 5 days that Alertmanager remembers what it sent (data.retention).',
    ],
    [
      ['inhibit_rules'],
      'An alert that somebody silenced by hand still silences others: do not silence the alert about a process that was taken out of service, remove its target from Prometheus.',
    ],
    ...inhibit.map(({ reason }, i) => [['inhibit_rules', i], reason] as const),
    [
      ['receivers'],
      'Replace the webhooks. Nothing listens at these addresses: a forgotten one shows in alertmanager_notifications_failed_total.',
    ],
    [
      ['receivers', 0],
      'A page lists at most 50 alerts; truncatedAlerts in the message counts the others, and the dashboard shows all.',
    ],
    [['receivers', 3], 'That an information ended is no information.'],
  ];
}

/** Puts a comment above the key or the list item at `path`. */
function annotate(document: Document, path: readonly (string | number)[], text: string): void {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  let node: Node | undefined;
  if (isSeq(parent)) node = parent.items[last as number] as Node;
  else if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && String(item.key) === last);
    node = pair?.key as Node;
  }
  if (node === undefined) throw new TypeError(`found nothing at ${path.join('.')} to comment on`);
  node.commentBefore = comment(text);
  if (path.length === 1 || (isSeq(parent) && last !== 0)) node.spaceBefore = true;
}

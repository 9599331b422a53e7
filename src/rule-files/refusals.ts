import { isDurationText } from '../promql/literals.js';
import { templateFault } from '../promql/template-fault.js';
import { typeFaults } from '../promql/types.js';
import { faultsIn } from '../promql/validate.js';
import { isObject, text } from './json.js';
import { NEWEST_PROMETHEUS, type PrometheusVersion } from './prometheus-version.js';
import type { Group, Place, Rule, Side } from './side.js';

/** Why Prometheus refuses a file. */
export interface RuleRefusal extends Place {
  /** What it refuses: `alert A`, `group g`; the file where that is not known. */
  readonly subject: string;
  readonly reason: string;
}

/** Fields of a group that Prometheus or a ruler with its file format knows. */
const GROUP_FIELDS = [
  'align_evaluation_time_on_interval',
  'evaluation_delay',
  'labels',
  'limit',
  'partial_response_strategy',
  'query_offset',
  'source_tenants',
];

const isDuration = (value: string) => value === '0' || isDurationText(value);
const LEGACY_LABEL = /^[a-zA-Z_]\w*$/;
const LEGACY_METRIC = /^[a-zA-Z_:][\w:]*$/;

/**
 * What Prometheus refuses of the rule files of a side, as far as this program knows: unknown fields, durations, expressions, names,
 * templates. It refuses the whole file for one of them.
 */
export function refusalsOf(side: Side, version: PrometheusVersion = NEWEST_PROMETHEUS): RuleRefusal[] {
  const sources = new Map<string, Group[]>();
  for (const group of side.groups) sources.set(group.source, [...(sources.get(group.source) ?? []), group]);
  return [...sources.values()].flatMap((groups) => {
    // Another ruler reads these.
    if (groups.some(({ rules }) => rules.some(({ dialect }) => dialect !== undefined))) return [];
    return groups.flatMap((group, i) => {
      const isRepeated = groups.slice(0, i).some(({ name }) => name === group.name);
      return [
        ...groupRefusals(group, isRepeated),
        ...group.rules.flatMap((rule) => ruleRefusals(rule, version)),
      ];
    });
  });
}

function groupRefusals(group: Group, isRepeated: boolean): RuleRefusal[] {
  const { raw, more, form } = group;
  const refusal = (reason: string): RuleRefusal => ({
    file: group.file,
    line: group.line,
    subject: `group ${group.name}`,
    reason,
  });
  const durations = ['interval', 'query_offset'].filter(
    (field) => raw[field] !== undefined && raw[field] !== null && !isDuration(text(raw[field])),
  );
  return [
    ...(group.name === '' ? [refusal('the group has no name')] : []),
    ...(isRepeated ? [refusal(`another group of the file has the name ${JSON.stringify(group.name)}`)] : []),
    ...durations.map((field) => refusal(notDuration(field, text(raw[field])))),
    ...(raw.limit === undefined || raw.limit === null || /^-?\d+$/.test(text(raw.limit))
      ? []
      : [refusal(`limit: found ${JSON.stringify(text(raw.limit))}, expected a whole number`)]),
    ...Object.keys(more).flatMap((key) => {
      if (/^rules(?:\[\d+\])?$/.test(key)) return [refusal(`${key} is no alerting and no recording rule`)];
      return form === 'plain' && !GROUP_FIELDS.includes(key) ? [refusal(`there is no field ${key}`)] : [];
    }),
  ];
}

const notDuration = (field: string, found: string) =>
  `${field}: found ${JSON.stringify(found)}, expected a duration such as 30s, 5m or 1h30m`;

function ruleRefusals(rule: Rule, version: PrometheusVersion): RuleRefusal[] {
  const { raw, kind, form, more } = rule;
  const reasons = [
    ...expressionFaults(rule, version),
    ...['for', 'keep_firing_for']
      .filter((field) => raw[field] !== undefined && raw[field] !== null && !isDuration(text(raw[field])))
      .map((field) => notDuration(field, text(raw[field]))),
    ...(kind === 'record' ? recordFaults(rule, version) : templateFaults(rule, version)),
    ...labelFaults(rule, version),
    ...Object.keys(more).flatMap((key) => {
      if (key === 'record') return ['both alert and record are set'];
      if (key === 'labels' || key === 'annotations') return [`${key} are no map`];
      return form === 'plain' ? [`there is no field ${key}`] : [];
    }),
  ];
  return reasons.map((reason) => ({
    file: rule.file,
    line: rule.line,
    subject: `${kind} ${rule.name}`,
    reason,
  }));
}

/** What is wrong with the expression of a rule under a version of Prometheus. */
function expressionFaults({ expr, parsed }: Rule, version: PrometheusVersion): string[] {
  if (expr === '') return ['the rule has no expr'];
  if (parsed.error !== undefined) return [parsed.error.message];
  const isOld = /\bholt_winters\s*\(/.test(expr);
  if (version.major > 2) {
    return [
      ...(isOld ? ['unknown function holt_winters; Prometheus 3 has double_exponential_smoothing'] : []),
      ...typeFaults(parsed.expression.root).map(({ message }) => message),
    ];
  }
  return faultsIn({ expression: parsed.expression, errors: [] })
    .map(({ message }) => message)
    .filter((message) => !(isOld && message.startsWith('double_exponential_smoothing')));
}

/** Why a rule can be evaluated by no Prometheus, whatever its version. */
export function reasonsNotToEvaluate(rule: Rule): string[] {
  if (rule.dialect !== undefined) return [`${rule.dialect} is not replayed`];
  if (/\bholt_winters\s*\(/.test(rule.expr)) return ['holt_winters() is not replayed'];
  const durations = [
    ['for', rule.for],
    ['keep_firing_for', rule.keepFiringFor],
    ['interval', rule.interval],
  ] as const;
  return [
    ...(rule.expr === '' ? ['the rule has no expr'] : []),
    ...durations.flatMap(([field, value]) =>
      value === undefined || isDurationText(value) ? [] : [notDuration(field, value)],
    ),
    ...(rule.parsed.expression === undefined
      ? []
      : typeFaults(rule.parsed.expression.root).map(({ message }) => message)),
  ];
}

function recordFaults({ name, raw }: Rule, { major }: PrometheusVersion): string[] {
  const isBad = major > 2 ? /[{}]/.test(name) : !LEGACY_METRIC.test(name);
  return [
    ...(isBad ? [`${JSON.stringify(name)} is no name of a metric`] : []),
    ...['for', 'keep_firing_for', 'annotations']
      .filter((field) => raw[field] !== undefined && raw[field] !== null)
      .map((field) => `a recording rule has no ${field}`),
  ];
}

function labelFaults({ raw, annotations }: Rule, { major }: PrometheusVersion): string[] {
  const names = [...Object.keys(isObject(raw.labels) ? raw.labels : {})];
  const isBad = (name: string) => name === '' || (major < 3 && !LEGACY_LABEL.test(name));
  return [
    ...names
      .filter((name) => isBad(name) || name === '__name__')
      .map((name) => `${JSON.stringify(name)} is no name of a label`),
    ...Object.keys(annotations)
      .filter(isBad)
      .map((name) => `${JSON.stringify(name)} is no name of an annotation`),
  ];
}

function templateFaults({ raw, annotations }: Rule, { major }: PrometheusVersion): string[] {
  const labels = isObject(raw.labels) ? raw.labels : {};
  return [
    ...Object.entries(labels).map(([name, value]) => [`label ${name}`, text(value)] as const),
    ...Object.entries(annotations).map(([name, value]) => [`annotation ${name}`, value] as const),
  ].flatMap(([what, value]) => {
    const fault = templateFault(value, major);
    return fault === undefined ? [] : [`the ${what} ${fault}`];
  });
}

import { tryParse } from '../promql/parse.js';
import { isObject, objects, text, without } from './json.js';
import type { Group, Json, Place, Rule } from './side.js';

/** Texts by name, such as labels; a value that is nothing is the empty text, as Prometheus reads it. */
function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, text(one)]));
}

/** A duration as a rule has it; Prometheus takes `0` for one. */
const durationIn = (value: unknown) => (text(value) === '0' ? '0s' : text(value));

/** Pipes, filters and parsers behind a selector are LogQL. */
const LOGQL =
  /\}\s*(?:\|=|\|~|\|>|!=\s*["`]|!~\s*["`]|!>|\|\s*[a-z])|\|\s*(?:json|logfmt|unwrap|pattern|regexp)\b/;

/** Holt-Winters smoothing has had another name since Prometheus 3. */
const renamed = (expr: string) => expr.replace(/\bholt_winters(?=\s*\()/g, 'double_exponential_smoothing');

const RULE_KEYS = ['alert', 'record', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];
const GROUP_KEYS = ['name', 'interval', 'labels', 'rules'];

/** Whether an entry of a group's list is a rule. */
export const isRule = (rule: Json) => text(rule.alert) !== '' || text(rule.record) !== '';

/**
 * Reads the rule groups of a rule file or of a manifest's `spec`, with their scalars as text.
 *
 * @param source the file or manifest that they are a part of
 * @param placeOf where an object stands
 */
export function groupsOf(
  spec: Json,
  form: Rule['form'],
  source: string,
  placeOf: (value: unknown) => Place,
): Group[] {
  return objects(spec.groups).map((group) => {
    const interval = durationIn(group.interval);
    const all = Array.isArray(group.rules) ? group.rules : [];
    const strays = Object.fromEntries(
      all.flatMap((rule, place) => (isObject(rule) && isRule(rule) ? [] : [[`rules[${place}]`, rule]])),
    );
    const named = { name: text(group.name), form, ...(interval === '' ? {} : { interval }) };
    return {
      ...named,
      ...placeOf(group),
      source,
      limit: Number(text(group.limit)) || 0,
      rules: all.flatMap((rule, place): Rule[] =>
        isObject(rule) && isRule(rule)
          ? [ruleOf(rule, place, named, texts(group.labels), placeOf(rule))]
          : [],
      ),
      more: {
        ...without(group, ...GROUP_KEYS),
        ...(Array.isArray(group.rules) || (group.rules ?? undefined) === undefined
          ? {}
          : { rules: group.rules }),
        ...strays,
      },
      raw: group,
    };
  });
}

function ruleOf(
  rule: Json,
  place: number,
  group: Pick<Group, 'name' | 'form' | 'interval'>,
  shared: Readonly<Record<string, string>>,
  where: Place,
): Rule {
  const alert = text(rule.alert);
  const forDuration = durationIn(rule.for);
  const keepFiringFor = durationIn(rule.keep_firing_for);
  const expr = text(rule.expr).trim();
  const parsed = tryParse(renamed(expr));
  return {
    kind: alert === '' ? 'record' : 'alert',
    name: alert || text(rule.record),
    group: group.name,
    ...(group.interval === undefined ? {} : { interval: group.interval }),
    ...where,
    form: group.form,
    place,
    expr,
    parsed,
    ...(parsed.error !== undefined && LOGQL.test(expr) ? { dialect: 'LogQL' } : {}),
    ...(forDuration === '' ? {} : { for: forDuration }),
    ...(keepFiringFor === '' ? {} : { keepFiringFor }),
    labels: { ...shared, ...texts(rule.labels) },
    annotations: texts(rule.annotations),
    more: {
      ...without(rule, ...RULE_KEYS),
      // A rule that has both names is refused; what stands in lists and objects that should be texts is kept.
      ...(alert !== '' && text(rule.record) !== '' ? { record: rule.record } : {}),
      ...((rule.labels ?? undefined) === undefined || isObject(rule.labels) ? {} : { labels: rule.labels }),
      ...((rule.annotations ?? undefined) === undefined || isObject(rule.annotations)
        ? {}
        : { annotations: rule.annotations }),
    },
    raw: rule,
  };
}

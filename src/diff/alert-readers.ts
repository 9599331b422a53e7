import {
  type AlertmanagerConfig,
  AlertmanagerConfigError,
  type Route,
  readAlertmanagerConfig,
} from '../alertmanager/config.js';
import { type AlertMatcher, acceptedValues, accepts } from '../alertmanager/matchers.js';
import { mentions } from '../bundle/graph.js';
import { labelMatchersOf, nameOf, selectorsOf } from '../promql/names.js';
import { type Parsed, tryParse } from '../promql/parse.js';
import { matcherText } from '../promql/print.js';
import { PatternError } from '../promql/regexp.js';
import { isObject, objects, text } from '../rule-files/json.js';
import type { Json, Place, Side, SideFile } from '../rule-files/side.js';
import { onceEach } from '../rule-files/twins.js';
import { readYaml, YamlError } from '../rule-files/yaml.js';
import { type Finding, finding } from './finding.js';
import { matchRules } from './match-rules.js';
import { sideAlerts } from './side-alerts.js';
import { variableQuery } from './variable-query.js';

/** Something that names an alert. */
interface AlertReader extends Place {
  /** `panel gateway-overview/3`, `route to gateway-pager`. */
  readonly described: string;
  /** How it names the alert: `ALERTS{alertname="GatewayDown"}`. */
  readonly by: string;
  /** The condition on the name. */
  readonly matcher: AlertMatcher;
  /** What happens to it without the alert. */
  readonly effect: string;
}

const SERIES = ['ALERTS', 'ALERTS_FOR_STATE'];

/** What expressions ask for alerts by name. */
function inExpression(parsed: Parsed, described: string, place: Place): AlertReader[] {
  if (parsed.expression === undefined) return [];
  return selectorsOf(parsed.expression.root).flatMap((selector) => {
    const name = nameOf(selector);
    if (name === undefined || !SERIES.includes(name)) return [];
    return labelMatchersOf(selector)
      .filter(({ label, operator }) => label === 'alertname' && !operator.startsWith('!'))
      .map((matcher) => ({
        ...place,
        described,
        by: `${name}{${matcherText(matcher)}}`,
        matcher,
        effect: 'reads the state of an alert that no longer exists, and gets no data',
      }));
  });
}

const exactly = (value: string): AlertMatcher => ({ label: 'alertname', operator: '=', value });

/** Tests for promtool: what they expect of alerts, and what they query. */
function inTests({ path, text: content }: SideFile): AlertReader[] {
  if (!/\balertname\b|\bALERTS/.test(content) || !/^\s*-?\s*["']?tests["']?\s*:/m.test(content)) return [];
  let document: ReturnType<typeof readYaml>[number] | undefined;
  try {
    [document] = readYaml(content);
  } catch (error) {
    // It is looked through for the name as any other file.
    if (error instanceof YamlError) return [];
    throw error;
  }
  const root = document?.texts;
  if (!isObject(root)) return [];
  const at = (value: Json): Place => ({ file: path, line: document?.lineOf(value) });
  return objects(root.tests).flatMap((test) => [
    ...objects(test.alert_rule_test).map(
      (one): AlertReader => ({
        ...at(one),
        described: `test ${path}`,
        by: `alertname: ${text(one.alertname)}`,
        matcher: exactly(text(one.alertname)),
        effect: 'expects an alert that no longer exists: it fails, or passes without testing anything',
      }),
    ),
    ...objects(test.promql_expr_test).flatMap((one) =>
      inExpression(tryParse(text(one.expr)), `test ${path}`, at(one)),
    ),
  ]);
}

/** Routes and inhibition rules with a condition on the name of an alert. */
function inConfiguration({ path, text: content }: SideFile): AlertReader[] {
  let config: AlertmanagerConfig;
  try {
    config = readAlertmanagerConfig(content, path);
  } catch (error) {
    if (error instanceof AlertmanagerConfigError) return [];
    throw error;
  }
  const named = (
    matchers: readonly AlertMatcher[],
    line: number | undefined,
    described: string,
    effect: string,
  ) =>
    matchers
      .filter(({ label, operator }) => label === 'alertname' && !operator.startsWith('!'))
      .map(
        (matcher): AlertReader => ({
          file: path,
          line,
          described,
          by: matcherText(matcher),
          matcher,
          effect,
        }),
      );
  const routes = (route: Route): AlertReader[] => [
    ...named(
      route.matchers,
      route.line,
      `route to ${route.receiver}`,
      'no longer matches an alert of this name',
    ),
    ...route.routes.flatMap(routes),
  ];
  return [
    ...routes(config.root),
    ...config.inhibitions.flatMap(({ source, target, line }, i) => [
      ...named(source, line, `inhibition rule ${i + 1}`, 'has a source that no longer exists'),
      ...named(target, line, `inhibition rule ${i + 1}`, 'has a target that no longer exists'),
    ]),
  ];
}

function readersOn(side: Side, isForeign: boolean): AlertReader[] {
  const whose = (what: string, file: string) => (isForeign ? `${file} (${what})` : what);
  return [
    ...onceEach(side.groups)
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => inExpression(rule.parsed, whose(`${rule.kind} ${rule.name}`, rule.file), rule)),
    ...side.dashboards.flatMap(({ uid, file, panels, variables, line }) => [
      ...panels.flatMap((panel) =>
        panel.queries.flatMap(({ parsed }) =>
          inExpression(parsed, whose(`panel ${uid}/${panel.id}`, file), panel),
        ),
      ),
      ...variables.flatMap(({ name, query }) =>
        inExpression(
          tryParse(variableQuery(query).expression, { variables: true }),
          whose(`variable ${name} of ${uid}`, file),
          {
            file,
            line,
          },
        ),
      ),
    ]),
    ...side.alertmanagers.flatMap(inConfiguration),
    ...side.others.flatMap(inTests),
  ];
}

/** Whether a condition names an alert: outright, or by a pattern that no other alert meets. */
function isAbout(matcher: AlertMatcher, alert: string, left: readonly string[]): boolean {
  try {
    if (!accepts(matcher, alert)) return false;
    return acceptedValues(matcher)?.includes(alert) === true || !left.some((name) => accepts(matcher, name));
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}

/**
 * What still names an alert that is removed or renamed: rules and dashboards that read `ALERTS`, tests for promtool, routes and
 * inhibition rules.
 *
 * @param also files of others, unchanged by the comparison
 */
export function alertReaders(base: Side, head: Side, also: Side): Finding[] {
  const now = sideAlerts(head);
  const { removed, renamed } = matchRules(sideAlerts(base), now);
  const left = now.map(({ name }) => name);
  const gone = [
    ...removed.map(({ name }) => ({ name, newName: undefined })),
    ...renamed.map(({ before, after }) => ({ name: before.name, newName: after.name })),
  ].filter(({ name }) => !left.includes(name));
  if (gone.length === 0) return [];
  const readers = [...readersOn(head, false), ...readersOn(also, true)];
  const mentioned = (name: string, known: readonly AlertReader[]) =>
    [...head.dashboards, ...also.dashboards]
      .filter(({ file, text: content }) => mentions(content, name) && !known.some((one) => one.file === file))
      .map(
        (dashboard): AlertReader => ({
          file: dashboard.file,
          line: dashboard.line,
          described: `dashboard ${dashboard.uid || dashboard.title}`,
          by: name,
          matcher: exactly(name),
          effect: 'names an alert that no longer exists',
        }),
      );
  const readersOf = (name: string) => {
    const known = readers.filter(({ matcher }) => isAbout(matcher, name, left));
    return [...known, ...mentioned(name, known)];
  };
  return gone.flatMap(({ name, newName }) =>
    readersOf(name).map((reader) =>
      finding(
        reader,
        'alert-reader',
        'breaking',
        `alert ${newName ?? name}`,
        undefined,
        reader.by,
        `${capitalized(reader.described)} ${reader.effect}.${newName === undefined ? '' : ` The alert is now called ${newName}.`}`,
      ),
    ),
  );
}

const capitalized = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

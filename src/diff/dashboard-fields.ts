import { tryParse } from '../promql/parse.js';
import type { GrafanaDashboard, GrafanaPanel } from '../rule-files/side.js';
import { type Difference, differences } from './differences.js';
import { sameExpression } from './expression.js';
import type { Finding } from './finding.js';

/** Which findings explain that a field differs. */
type Explanation = readonly [field: RegExp, ...kinds: string[]];

const OF_PANEL: readonly Explanation[] = [
  [/^(?:spec\.)?id$/, 'panel-id-changed'],
  [/^(?:spec\.)?title$/, 'panel-title-changed'],
  [/^(?:type|spec\.vizConfig\.(?:group|kind))$/, 'panel-type-changed'],
  [/^(?:format|.*fieldConfig\.defaults\.unit)$/, 'panel-unit-changed'],
  [/fieldConfig\.defaults\.thresholds\.steps\[\d+\]\.value$/, 'panel-thresholds-changed'],
  [/^datasource(?:\.\w+)?$/, 'panel-datasource-changed'],
  [/^spec\.data\.spec\.queries\[0\]\.spec\.query\.datasource(?:\.name)?$/, 'panel-datasource-changed'],
  [/\.(?:expr|query|rawSql|target)$/, 'query-changed'],
  [/(?:^targets|\.queries)\[[^\]]*\]$/, 'query-added', 'query-removed'],
  [/^targets(?: \(order\))?$/, 'query-added', 'query-removed'],
];

const OF_VARIABLES = ['variable-added', 'variable-removed', 'variable-changed'];
const OF_DASHBOARD: readonly Explanation[] = [
  [/^(?:uid|metadata\.name|around\.metadata\.name)$/, 'dashboard-uid-changed'],
  [/^(?:spec\.)?title$/, 'dashboard-title-changed'],
  [/^templating\.list\[[^\]]*\](?:$|\.query(?:\.query)?$|\.definition$)/, ...OF_VARIABLES],
  [/^(?:spec\.)?variables\[[^\]]*\](?:$|\.spec\.(?:query\.|definition$))/, ...OF_VARIABLES],
];

/** What differs between two panels and no finding about them explains. */
export function unexplainedOfPanel(
  before: GrafanaPanel,
  after: GrafanaPanel,
  findings: readonly Finding[],
): Difference[] {
  return rest(differences(before.more, after.more), OF_PANEL, findings);
}

/** What differs between two dashboards outside their panels and no finding about them explains. */
export function unexplained(
  before: GrafanaDashboard,
  after: GrafanaDashboard,
  findings: readonly Finding[],
): Difference[] {
  const found = rest(differences(before.more, after.more), OF_DASHBOARD, findings);
  const shared = (one: GrafanaDashboard, other: GrafanaDashboard) =>
    one.order.filter((name) => other.order.includes(name)).join(', ');
  const [old, now] = [shared(before, after), shared(after, before)];
  // The objects of version 2 have names, and their layout says where they are.
  return old === now || after.form === 'v2'
    ? found
    : [...found, { path: 'panels (order)', before: old, after: now }];
}

function rest(
  found: readonly Difference[],
  explanations: readonly Explanation[],
  findings: readonly Finding[],
): Difference[] {
  return found.filter((difference) => {
    if (isSameQuery(difference)) return false;
    return !explanations.some(
      ([field, ...kinds]) => field.test(difference.path) && findings.some(({ kind }) => kinds.includes(kind)),
    );
  });
}

/** Whether a query differs in nothing but how it is written. */
function isSameQuery({ path, before, after }: Difference): boolean {
  if (!/(?:^|\.)(?:expr|query)$/.test(path)) return false;
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  const [old, now] = [before, after].map((text) => tryParse(text, { variables: true })) as [
    ReturnType<typeof tryParse>,
    ReturnType<typeof tryParse>,
  ];
  return old.expression !== undefined && now.expression !== undefined && sameExpression(old, now);
}

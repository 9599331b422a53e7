import { readSide } from '../rule-files/parse.js';
import { refusalsOf } from '../rule-files/refusals.js';
import type { GrafanaDashboard, PlainObject, Side } from '../rule-files/side.js';
import { withoutTwins } from '../rule-files/twins.js';
import { alertReaders } from './alert-readers.js';
import { compareDashboards, linksOf } from './compare-dashboards.js';
import { compareAround, compareObjects } from './compare-objects.js';
import { compareRefusals, type Judgement } from './compare-refusals.js';
import { compareRules } from './compare-rules.js';
import { compareUnread } from './compare-unread.js';
import { type Finding, finding, sorted } from './finding.js';
import { ruleContext } from './rule-context.js';

const NOTHING: Side = readSide([]);

/**
 * What changes between two sides, and its effects. A comparison field by field underlies the explanations: what
 * differs and is not explained is listed as `also-differs`.
 *
 * @param also files of others, unchanged by this: what they read and link to is looked after as well
 * @param judgement what Prometheus refuses; by the checks of this program and for the newest release where it is not given
 */
export function compareSides(
  base: Side,
  head: Side,
  also: Side = NOTHING,
  judgement: Judgement = ownJudgement(base, head),
): Finding[] {
  const context = ruleContext(base, head, also);
  const links = [...linksOf(head, false), ...linksOf(also, true)];
  const groups = byForm(base.groups, head.groups, withoutTwins);
  const dashboards = byForm(base.dashboards, head.dashboards, withoutDashboards);
  const alerts = byForm(grafanaAlerts(base), grafanaAlerts(head), withoutAlerts);
  const findings = [
    ...groups.flatMap(([before, after]) => compareRules(before, after, context)),
    ...formsRemoved(base.groups, head.groups, 'rules'),
    ...dashboards.flatMap(([before, after]) => compareDashboards(before, after, links)),
    ...formsRemoved(base.dashboards, head.dashboards, 'dashboards'),
    ...alerts.flatMap(([before, after]) => compareObjects(before, after)),
    ...formsRemoved(grafanaAlerts(base), grafanaAlerts(head), 'Grafana alerts'),
    ...compareObjects(otherObjects(base), otherObjects(head)),
    ...compareAround(base, head),
    ...compareUnread(base, head),
    ...alertReaders(base, head, also),
  ];
  return sorted([...findings, ...compareRefusals(judgement, findings)]);
}

type GrafanaAlert = PlainObject & { readonly form: string };

const isGrafanaAlert = (one: PlainObject): one is GrafanaAlert => one.form !== undefined;
const grafanaAlerts = ({ objects }: Side) => objects.filter(isGrafanaAlert);
const otherObjects = ({ objects }: Side) => objects.filter((one) => !isGrafanaAlert(one));

const ownJudgement = (base: Side, head: Side): Judgement => ({
  judge: 'gateway-observability',
  base: refusalsOf(base),
  head: refusalsOf(head),
});

const formsOf = (side: readonly { readonly form: string }[]) =>
  [...new Set(side.map(({ form }) => form))].sort().reverse();

/**
 * A bundle may hold the same rules as rule files, for Mimir and as manifests, and the same dashboards in two forms. Where both sides
 * do, each form is compared with its own; else everything with everything, what is there in several forms only once: in
 * one that the other side has as well, if there is one.
 *
 * @param twinless what some items hold that others do not
 */
function byForm<T extends { readonly form: string }>(
  base: readonly T[],
  head: readonly T[],
  twinless: (items: readonly T[], others: readonly T[]) => T[],
): (readonly [readonly T[], readonly T[]])[] {
  const of = (side: readonly T[], form: string) => side.filter((one) => one.form === form);
  const [before, after] = [formsOf(base), formsOf(head)];
  const once = (side: readonly T[], other: readonly string[]) => {
    const forms = formsOf(side);
    const shared = forms.filter((form) => other.includes(form));
    const known: T[] = [];
    for (const form of [...shared, ...forms.filter((one) => !shared.includes(one))])
      known.push(...(known.length === 0 ? of(side, form) : twinless(of(side, form), known)));
    return known;
  };
  const [oneBase, oneHead] = [once(base, after), once(head, before)];
  const isDoubled = oneBase.length < base.length || oneHead.length < head.length;
  if (before.join() === after.join() && isDoubled)
    return before.map((form) => [of(base, form), of(head, form)]);
  return [[oneBase, oneHead]];
}

function withoutDashboards(
  dashboards: readonly GrafanaDashboard[],
  others: readonly GrafanaDashboard[],
): GrafanaDashboard[] {
  const key = ({ uid, title }: GrafanaDashboard) => uid || title;
  const known = new Set(others.map(key));
  return dashboards.filter((dashboard) => !known.has(key(dashboard)));
}

/** Alert rules of Grafana that others do not have under the same uid. */
function withoutAlerts(alerts: readonly GrafanaAlert[], others: readonly GrafanaAlert[]): GrafanaAlert[] {
  const known = new Set(others.map(({ name }) => name));
  return alerts.filter(({ name }) => !known.has(name));
}

const FORMS: Readonly<Record<string, string>> = {
  plain: 'rule files',
  mimir: 'rule files for Mimir',
  manifest: 'PrometheusRule manifests',
  classic: 'dashboards in the classic form',
  embedded: 'dashboards within manifests',
  v2: 'dashboards of version 2',
  api: "alert rules for Grafana's API",
  provisioning: 'provisioning files with alert rules',
};

/** A form of the files that the head no longer has, where it keeps another one. */
function formsRemoved(
  base: readonly { readonly form: string; readonly file: string }[],
  head: readonly { readonly form: string; readonly file: string }[],
  what: string,
): Finding[] {
  const [before, after] = [formsOf(base), formsOf(head)];
  if (before.length < 2 || after.length === 0) return [];
  return before
    .filter((form) => !after.includes(form))
    .map((form) => {
      const last = base.find((one) => one.form === form) as { readonly file: string };
      return finding(
        { file: last.file },
        'form-removed',
        'notable',
        what,
        FORMS[form],
        undefined,
        `There are no ${FORMS[form]} any more: deployments that use them no longer get changes.`,
      );
    });
}

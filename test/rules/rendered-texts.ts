import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { ruleCases } from './cases/index.js';
import type { RenderedAlert, RuleCase } from './rule-case.js';
import { promtoolOutput } from './run-cases.js';

/** Rendered alerts by the name of their rule. */
export type RenderedAlerts = Readonly<Record<string, readonly RenderedAlert[]>>;

const ORDER = ['summary', 'description', 'runbook_url', 'dashboard_url'];

/** What promtool prints where no alert is expected and one fires. */
const FIRING_ALERT = new RegExp(
  [
    ' *name: (?<index>\\d+),',
    ' *alertname: \\w+, time: (?<at>\\w+), *',
    ' *exp:\\[\\], *',
    ' *got:\\[',
    ' *0:',
    ' *Labels:\\{(?<labels>.*)\\}',
    ' *Annotations:\\{(?<annotations>.*)\\}',
    ' *\\]$',
  ].join('\\n'),
  'gm',
);

/** The pairs of `a="b", c="d"`. Go escapes what it prints as JSON does, or in a way that `JSON.parse` refuses. */
function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, name, value]) => [
      name as string,
      JSON.parse(value as string) as string,
    ]),
  );
}

const inOrder = (annotations: Record<string, string>) =>
  Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b)));

/** The text without what differs from one relay, host or number to the next. */
const wordingOf = ({ annotations }: RenderedAlert) =>
  JSON.stringify(annotations)
    .replace(/(relay[ =]|at |\/\/)[\w-]+/gi, '$1*')
    .replace(/\d+(\.\d+)?[dhms%]?( \d+[hms])*/g, '*');

const timesOfOneAlert = ({ firing = {} }: RuleCase) =>
  Object.entries(firing)
    .filter(([, alerts]) => alerts.length === 1)
    .map(([at]) => at);

/**
 * Renders alerts under promtool, with the default configuration: each at the first time at which it fires alone, and again wherever
 * a later case brings out another wording of its template.
 *
 * @throws Error when promtool prints anything but the alerts that the cases expect
 */
export async function renderAlerts(alerts: readonly string[]): Promise<RenderedAlerts> {
  const cases = ruleCases.filter(
    (c) => alerts.includes(c.rule) && c.config === undefined && timesOfOneAlert(c).length > 0,
  );
  // promtool prints the annotations of an alert only where it differs from what is expected.
  const output = await promtoolOutput(cases, (ruleCase) => ({
    name: String(cases.indexOf(ruleCase)),
    alert_rule_test: timesOfOneAlert(ruleCase).map((at) => ({
      eval_time: at,
      alertname: ruleCase.rule,
      exp_alerts: [],
    })),
  }));
  const found = [...output.matchAll(FIRING_ALERT)].map(({ groups }) => {
    const { index, at, labels, annotations } = groups as Record<string, string>;
    const { rule, name } = cases[Number(index)] as RuleCase;
    return {
      rule,
      rendered: {
        case: name,
        at: at as string,
        labels: pairsOf(labels as string),
        annotations: inOrder(pairsOf(annotations as string)),
      },
    };
  });
  if (found.length !== cases.flatMap(timesOfOneAlert).length)
    throw new Error(`promtool did not print one alert for each time at which one fires: ${output}`);
  return Object.fromEntries(
    alerts.map((alert) => {
      const ofAlert = found.filter(({ rule }) => rule === alert).map(({ rendered }) => rendered);
      const wordings = ofAlert.map(wordingOf);
      return [alert, ofAlert.filter((_, i) => wordings.indexOf(wordings[i] as string) === i)];
    }),
  );
}

/** The snapshot of a signal's alerts. */
export const snapshotFile = (signal: string): string =>
  fileURLToPath(new URL(`rendered-texts/${signal}.yaml`, import.meta.url));

const HEADER = `# These alerts as the on-call engineer reads them, rendered by promtool in the cases named. After a change of their texts:
# npx vitest run test/rules/rendered-texts.test.ts -u
# Then read each text aloud as if it had just woken you: what is wrong, for whom, how bad, what to do first.
`;

/** The content of the snapshot of a signal. */
export const snapshotOf = (rendered: RenderedAlerts): string =>
  [
    HEADER,
    ...Object.entries(rendered).map(([alert, texts]) => stringify({ [alert]: texts }, { lineWidth: 110 })),
  ].join('\n');

/** The alerts in the snapshot of a signal. */
export const readSnapshot = (signal: string): RenderedAlerts =>
  parse(readFileSync(snapshotFile(signal), 'utf8')) as RenderedAlerts;

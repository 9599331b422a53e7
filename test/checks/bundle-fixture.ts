import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { metrics } from '../../metrics/index.js';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle, Definitions } from '../../src/bundle/bundle.js';
import { type OwnDefinitions, withOwn } from '../../src/bundle/own.js';
import { formatProblem } from '../../src/checks/check.js';
import { checkBundle, checks } from '../../src/checks/index.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import {
  type DashboardDefinition,
  defineDashboard,
  definePanel,
  type PanelDefinition,
} from '../../src/model/dashboard.js';
import type { InhibitionDefinition } from '../../src/model/inhibition.js';
import {
  type AlertDefinition,
  defineAlert,
  defineRecordingRule,
  type RecordingRuleDefinition,
} from '../../src/model/rules.js';
import type { ProcedureStep, RunbookPage } from '../../src/model/runbook.js';
import { duration } from '../../src/promql/duration.js';
import { type Promql, promql } from '../../src/promql/template.js';

/** Where the fixture's definitions stand, as problems name them. */
export const RULE = 'recording-rules/pending-writes.ts: relay:gateway_pending_writes:max';
export const ALERT = 'alerts/pending-writes.ts: GatewayTestFiring';
export const PANEL = 'dashboards/test.ts: panel 1 "Which relays are pending?"';

/** An expression written by hand, as somebody who goes around the definitions would. */
export const raw = (text: string) => text as Promql;

/** A recording rule without fault, with changes. */
export const record = (changes: Partial<RecordingRuleDefinition> = {}) =>
  defineRecordingRule({
    record: 'relay:gateway_pending_writes:max',
    help: 'The pending relays.',
    unit: 'none',
    labels: ['relay'],
    rationale: 'Several gateway processes may report the same relay.',
    expr: (site) => promql`max by (${site.by('relay')}) (${gatewayPendingWrites}{${site.gateway}} == 1)`,
    ...changes,
  });

/** An alert without fault, with changes. */
export const alert = (changes: Partial<AlertDefinition> = {}) =>
  defineAlert({
    alert: 'GatewayTestFiring',
    signal: 'pending-writes',
    severity: 'warning',
    rationale: 'Several gateway processes may report the same relay.',
    labels: ['relay'],
    expr: () => promql`${record()} == 1`,
    summary: 'Relay {{ $labels.relay }} is pending in a test.',
    description: 'A description that is long enough to say how bad it is and what to do first.',
    dashboard: { uid: 'test', panel: 1 },
    ...changes,
  });

/** A panel without fault, with changes. */
export const panel = (changes: Partial<PanelDefinition> = {}) =>
  definePanel({
    id: 1,
    title: 'Which relays are pending?',
    description: 'Good: none. From the recorded pending set of the gateway.',
    kind: 'timeseries',
    queries: [{ expr: () => promql`${record()}`, legend: '{{relay}}' }],
    unit: 'none',
    width: 12,
    height: 8,
    noData: 'No relay is pending.',
    ...changes,
  });

/** A runbook page without fault. */
export const page: RunbookPage = {
  firesWhen: 'the relay is pending',
  meaning: 'The relay is pending in a test.',
  impact: 'None.',
  check: [{ text: 'Which relays?', query: promql`count(${record()}{relay="$RELAY"})` }],
  act: [{ text: 'Nothing.', command: 'true' }],
  over: { query: promql`count(${record()}{relay="$RELAY"})`, becomes: 'empty', text: 'It is over.' },
  returnsIf: 'The test is run again.',
};

/** A dashboard with these panels. */
export const dashboard = (...panels: PanelDefinition[]): DashboardDefinition =>
  defineDashboard({
    uid: 'test',
    title: 'Test',
    description: 'A dashboard for tests.',
    tags: ['test'],
    span: duration('6h'),
    rows: [{ title: 'Row', panels }],
  });

export interface Parts {
  readonly records?: readonly RecordingRuleDefinition[];
  readonly alerts?: readonly AlertDefinition[];
  readonly panels?: readonly PanelDefinition[];
  /** Instead of one dashboard with the panels. */
  readonly dashboards?: readonly DashboardDefinition[];
  /** Instead of one group with the records, and one with the alerts. */
  readonly groups?: Partial<Pick<Definitions, 'recordingRules' | 'alerts'>>;
  /** The alerts that have a page; all of them where absent. */
  readonly runbooks?: readonly string[];
  /** The page of every alert, with changes. */
  readonly pages?: Partial<RunbookPage>;
  readonly inhibitions?: readonly InhibitionDefinition[];
  readonly procedure?: readonly ProcedureStep[];
  /** What a team adds, in the file own.ts. */
  readonly own?: OwnDefinitions;
  readonly config?: ConfigInput;
}

/** A bundle of one record, one alert and one panel without fault, unless other parts are given. */
export function bundle({
  records = [record()],
  alerts = [alert()],
  panels = [panel()],
  dashboards = [dashboard(...panels)],
  groups = {},
  runbooks,
  pages = {},
  inhibitions = [],
  procedure = [],
  own,
  config = {},
}: Parts = {}): Bundle {
  const definitions: Definitions = {
    metrics,
    recordingRules: [{ name: 'pending-writes', rules: records }],
    alerts: [{ name: 'pending-writes', rules: alerts }],
    dashboards,
    inhibitions,
    runbook: {
      pages: Object.fromEntries(
        (runbooks ?? (groups.alerts?.flatMap((g) => g.rules) ?? alerts).map(({ alert: name }) => name)).map(
          (name) => [name, () => ({ ...page, ...pages })],
        ),
      ),
      procedure: () => procedure,
      symptoms: [],
      words: [],
    },
    ...groups,
  };
  return buildBundle(
    parseConfig(config),
    own === undefined ? definitions : withOwn(definitions, own, 'own.ts'),
  );
}

/** A bundle whose one recording rule has this expression. */
export const recordOf = (expr: string): Parts => ({ records: [record({ expr: () => raw(expr) })] });
/** A bundle whose one alert has this expression. */
export const alertOf = (expr: string): Parts => ({ alerts: [alert({ expr: () => raw(expr) })] });
/** A bundle whose one panel has this expression. */
export const panelOf = (expr: string): Parts => ({
  panels: [panel({ queries: [{ expr: () => raw(expr), legend: 'x' }] })],
});

/** What all checks print of a bundle. */
export const problems = (parts: Parts) => checkBundle(bundle(parts)).map(formatProblem);

/** What one check alone finds. */
export function problemsOf(id: string, parts: Parts): string[] {
  if (!checks.some((check) => check.id === id)) throw new Error(`there is no check ${id}`);
  return checkBundle(bundle(parts), [id]).map(formatProblem);
}

import { ExpressionAnalysis } from '../bundle/analysis.js';
import type { Bundle, PanelQuery } from '../bundle/bundle.js';
import type { Catalogue } from '../bundle/catalogue.js';
import type { PanelDefinition } from '../model/dashboard.js';
import type { ProcedureStep, RunbookPage } from '../model/runbook.js';
import type { Expr } from '../promql/ast.js';
import type { LabelAnalysis } from '../promql/labels.js';
import type { Promql } from '../promql/template.js';
import type { SyntaxFault } from '../promql/validate.js';

/** Something wrong with the bundle, in the form that every check prints. */
export interface Problem {
  /** The file to change, relative to the project. */
  readonly file: string;
  /** The alert, record, panel or metric concerned. */
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
  /** A rule of style: only a warning for the definitions that a team added. */
  readonly houseRule?: true;
}

/** A problem, and whether it is one that has to be fixed. */
export interface RatedProblem extends Omit<Problem, 'houseRule'> {
  /** Set for what need not be fixed. Absent for an error. */
  readonly level?: 'warning';
}

/** One rule about bundles. Its file's name is its id. */
export interface Check {
  readonly id: string;
  /** What it proves, as a sentence. */
  readonly proves: string;
  readonly run: (context: CheckContext) => Problem[];
}

/** An expression of the bundle with all that checks ask of it. */
export interface CheckedExpression {
  readonly file: string;
  readonly subject: string;
  /** Where it stands; `page` is the runbook page of an alert. */
  readonly origin: 'record' | 'alert' | 'panel' | 'page';
  readonly text: string;
  readonly faults: readonly SyntaxFault[];
  /** Absent when the text does not parse; the check `promql-syntax` reports that, the others pass over it. */
  readonly root: Expr | undefined;
  readonly labels: LabelAnalysis | undefined;
}

/** The bundle, its series and its expressions. */
export interface CheckContext {
  readonly bundle: Bundle;
  readonly catalogue: Catalogue;
  readonly expressions: readonly CheckedExpression[];
}

/** Prepares a bundle for the checks. */
export function checkContext(bundle: Bundle): CheckContext {
  const { catalogue } = bundle;
  const expression = (
    file: string,
    subject: string,
    origin: CheckedExpression['origin'],
    { text, faults, expression: parsed, labels }: ExpressionAnalysis,
  ): CheckedExpression => ({ file, subject, origin, text, faults, root: parsed?.root, labels });
  const expressions = [
    ...bundle.recordingGroups.flatMap((g) =>
      g.rules.map((r) => expression(r.file, r.record, 'record', r.analysis)),
    ),
    ...bundle.alertGroups.flatMap((g) =>
      g.rules.map((r) => expression(r.file, r.alert, 'alert', r.analysis)),
    ),
    ...bundle.alertGroups.flatMap((g) =>
      g.rules.flatMap(({ alert, page }) =>
        pageQueries(page).map((query) =>
          expression(
            g.file === bundle.definitions.own?.file
              ? g.file
              : `alerts/pages/${g.name.replace(/\.alerts$/, '')}.ts`,
            `page of ${alert}`,
            'page',
            new ExpressionAnalysis(query, catalogue),
          ),
        ),
      ),
    ),
    ...stepQueries(bundle.procedure).map((query) =>
      expression('alerts/pages/procedure.ts', 'procedure', 'page', new ExpressionAnalysis(query, catalogue)),
    ),
    ...bundle.dashboards.flatMap((d) =>
      d.rows.flatMap((row) =>
        row.panels.flatMap((p) =>
          p.queries.map((q) =>
            expression(
              d.file,
              `panel ${p.definition.id} ${JSON.stringify(p.definition.title)} query ${q.refId}`,
              'panel',
              q.analysis,
            ),
          ),
        ),
      ),
    ),
  ];
  return { bundle, catalogue, expressions };
}

/** The queries of a runbook page. */
const pageQueries = (page: RunbookPage | undefined): readonly Promql[] =>
  page === undefined
    ? []
    : [...page.check, ...page.act, page.over].flatMap(({ query }) => (query === undefined ? [] : [query]));

/** The queries of steps of the operator procedure. */
const stepQueries = (steps: readonly ProcedureStep[]): readonly Promql[] =>
  steps.flatMap(({ content, parts = [] }) => [
    ...content.flatMap(({ query }) => (query === undefined ? [] : [query])),
    ...stepQueries(parts),
  ]);

/** `file: subject: problem: remedy`, one line; a warning ends with the word. */
export function formatProblem({ file, subject, problem, remedy, level }: RatedProblem): string {
  return `${file}: ${subject}: ${problem}: ${remedy}${level === 'warning' ? ' (warning)' : ''}`;
}

/** A panel's query with the words that problems name it by. */
export interface NamedQuery extends PanelQuery {
  readonly file: string;
  readonly panel: PanelDefinition;
  readonly subject: string;
}

/** Every query of every panel. */
export function panelQueries(bundle: Bundle): readonly NamedQuery[] {
  return bundle.dashboards.flatMap(({ file, rows }) =>
    rows.flatMap((row) =>
      row.panels.flatMap(({ definition, queries }) =>
        queries.map((query) => ({
          ...query,
          file,
          panel: definition,
          subject: `panel ${definition.id} ${JSON.stringify(definition.title)} query ${query.refId}`,
        })),
      ),
    ),
  );
}

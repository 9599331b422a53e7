import type { Expression } from '../promql/ast.js';
import { analyseLabels, type LabelAnalysis, type SeriesLabels } from '../promql/labels.js';
import { type ParseOptions, type ParseResult, readExpression } from '../promql/parse.js';
import { faultsIn, type SyntaxFault } from '../promql/validate.js';

/** What is known of the expression of a rule or of a panel's query. Everything is worked out once, when it is first asked for. */
export class ExpressionAnalysis {
  readonly #series: SeriesLabels;
  readonly #options: ParseOptions;
  #reading: ParseResult | undefined;
  #faults: readonly SyntaxFault[] | undefined;
  #labels: LabelAnalysis | undefined;

  constructor(
    readonly text: string,
    series: SeriesLabels,
    options: ParseOptions = {},
  ) {
    this.#series = series;
    this.#options = options;
  }

  get #read(): ParseResult {
    this.#reading ??= readExpression(this.text, this.#options);
    return this.#reading;
  }

  /** The tree; `undefined` where the text is no expression, and `faults` then says why. */
  get expression(): Expression | undefined {
    return this.#read.errors.length === 0 ? this.#read.expression : undefined;
  }

  /** Faults of syntax and types, and what Prometheus 2.42 cannot read. */
  get faults(): readonly SyntaxFault[] {
    this.#faults ??= faultsIn(this.#read);
    return this.#faults;
  }

  /** Labels of the result, and what is wrong with labels on the way there; `undefined` without a tree. */
  get labels(): LabelAnalysis | undefined {
    if (this.expression === undefined) return undefined;
    this.#labels ??= analyseLabels(this.expression.root, this.#series);
    return this.#labels;
  }
}

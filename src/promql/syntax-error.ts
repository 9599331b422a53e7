import type { Span } from './ast.js';

/** Why a text is no PromQL expression, and where: character positions of its text. */
export class PromqlSyntaxError extends Error {
  readonly from: number;
  readonly to: number;

  constructor(message: string, { from, to }: Span) {
    super(message);
    this.name = 'PromqlSyntaxError';
    this.from = from;
    this.to = to;
  }
}

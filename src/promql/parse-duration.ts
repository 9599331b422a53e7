import type { SyntaxNode } from '@lezer/common';
import type { DurationBinary, DurationCall, DurationExpr } from './ast.js';
import { partsOf, type SourceText } from './source-text.js';
import { PromqlSyntaxError } from './syntax-error.js';

/** Reads the length of a range, a step or an offset. */
export function readDuration(node: SyntaxNode, source: SourceText): DurationExpr {
  const { from, to } = node;
  const parts = partsOf(node);
  const [first, second, third] = parts;
  if (first === undefined) throw source.unknown(node);
  switch (first.name) {
    case 'UnaryOp': {
      const operator = source.textOf(first) as '-' | '+';
      const operand = readDuration(second as SyntaxNode, source);
      // As Prometheus does: a sign before a plain length is part of it.
      return operand.kind === 'duration'
        ? { ...operand, seconds: operator === '-' ? -operand.seconds : operand.seconds, from }
        : { kind: 'duration-unary', operator, operand, from, to };
    }
    case 'NumberDurationLiteralInDurationContext': {
      const number = source.unsignedNumber(first);
      if (number.kind === 'variable') return { kind: 'duration-variable', text: number.text, from, to };
      if (!Number.isFinite(number.value)) {
        throw new PromqlSyntaxError(`found ${source.textOf(first)}, expected a length of time`, first);
      }
      return { kind: 'duration', seconds: number.value, bare: !number.isDuration, from, to };
    }
    case 'DurationStep':
    case 'DurationRange':
    case 'DurationMinOf':
    case 'DurationMaxOf': {
      const name = source.textOf(first) as DurationCall['function'];
      const args = parts.slice(1).map((argument) => readDuration(argument, source));
      return { kind: 'duration-call', function: name, args, from, to };
    }
    case 'DurationExpr':
      if (second === undefined) return readDuration(first, source);
      return {
        kind: 'duration-binary',
        operator: source.textOf(second) as DurationBinary['operator'],
        left: readDuration(first, source),
        right: readDuration(third as SyntaxNode, source),
        from,
        to,
      };
    default:
      throw source.unknown(first);
  }
}

/** Reads the length of a range or a step, which is above zero where that is known. */
export function readPositiveDuration(node: SyntaxNode, source: SourceText): DurationExpr {
  const length = readDuration(node, source);
  if (length.kind === 'duration' && length.seconds <= 0) {
    throw new PromqlSyntaxError('expected a duration above 0s', node);
  }
  return length;
}

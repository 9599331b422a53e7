import {
  type Binary,
  type Call,
  COMPARISON_OPERATORS,
  childrenOf,
  type Expr,
  SET_OPERATORS,
  type Span,
  unknownKind,
  type VectorSelector,
} from './ast.js';
import { factsOf, type ValueType } from './functions.js';
import { matchesValue } from './names.js';
import { patternFault } from './regexp.js';

/** Something that the grammar allows and Prometheus refuses, with its place. */
export interface TypeFault extends Span {
  readonly message: string;
}

/** The type of an expression's value. */
export function typeOf(node: Expr): ValueType {
  switch (node.kind) {
    case 'number':
    case 'variable':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'call':
      return factsOf(node.function).returns ?? 'vector';
    case 'unary':
      return typeOf(node.operand);
    case 'binary':
      return typeOf(node.left) === 'scalar' && typeOf(node.right) === 'scalar' ? 'scalar' : 'vector';
    default:
      return unknownKind(node);
  }
}

/** What Prometheus refuses of an expression's types and selectors, in its own words, in the order of the text. */
export function typeFaults(root: Expr): TypeFault[] {
  const faults: TypeFault[] = [];
  const visit = (node: Expr, isEmptyAllowed = false) => {
    const fault = (message: string, { from, to }: Span = node) => faults.push({ message, from, to });
    const expect = (one: Expr, expected: ValueType, where: string) => {
      const found = typeOf(one);
      if (found !== expected) fault(`expected type ${expected} in ${where}, got ${found}`, one);
    };
    childrenOf(node).forEach((child, i) => {
      // The second argument of info() is a list of matchers and selects no series.
      visit(child, node.kind === 'call' && node.function === 'info' && i === 1);
    });
    switch (node.kind) {
      case 'aggregation':
        expect(node.operand, 'vector', 'aggregation expression');
        if (node.parameter !== undefined) {
          expect(
            node.parameter,
            node.operator === 'count_values' ? 'string' : 'scalar',
            'aggregation parameter',
          );
        }
        break;
      case 'call':
        for (const [i, [argument, type]] of argumentsOf(node).entries()) {
          if (
            node.function === 'info' &&
            i === 1 &&
            !(argument.kind === 'selector' && argument.name === undefined)
          ) {
            fault('expected label selectors only, got vector selector instead', argument);
          }
          expect(argument, type, `call to function "${node.function}"`);
        }
        break;
      case 'binary':
        for (const message of binaryFaults(node)) fault(message);
        break;
      case 'unary':
        if (!['scalar', 'vector'].includes(typeOf(node.operand))) {
          fault(
            `unary expression only allowed on expressions of type scalar or vector, got ${typeOf(node.operand)}`,
          );
        }
        break;
      case 'subquery':
        if (typeOf(node.operand) !== 'vector') {
          fault(`subquery is only allowed on vector, got ${typeOf(node.operand)}`);
        }
        break;
      case 'selector':
        selectorFaults(node, isEmptyAllowed, fault);
        break;
      case 'number':
      case 'string':
      case 'variable':
      case 'range':
        break;
      default:
        unknownKind(node);
    }
  };
  visit(root);
  return faults.sort((a, b) => a.from - b.from);
}

/** Each argument of a call with the type that it must have; the last type is that of all further ones. */
function argumentsOf(call: Call): [Expr, ValueType][] {
  const { args } = factsOf(call.function);
  return call.args.map((argument, i) => [argument, (args[i] ?? args.at(-1)) as ValueType]);
}

function* binaryFaults(node: Binary): Generator<string> {
  const { operator, bool, matching, fill, left, right } = node;
  const types = [typeOf(left), typeOf(right)];
  if (types.some((type) => type !== 'scalar' && type !== 'vector')) {
    yield 'binary expression must contain only scalar and instant vector types';
    return;
  }
  const isScalar = types.includes('scalar');
  const isComparison = (COMPARISON_OPERATORS as readonly string[]).includes(operator);
  if (isComparison && !bool && types.every((type) => type === 'scalar')) {
    yield 'comparisons between scalars must use BOOL modifier';
  }
  if (isScalar && (SET_OPERATORS as readonly string[]).includes(operator)) {
    yield 'set operator not allowed in binary scalar expression';
  } else if (isScalar && matching !== undefined && matching.labels.length > 0) {
    yield 'vector matching only allowed between vectors';
  } else if (isScalar && fill !== undefined) {
    yield 'filling in missing series only allowed between vectors';
  }
  for (const label of matching?.group?.include ?? []) {
    if (matching?.on && matching.labels.includes(label)) {
      yield `label "${label}" must not occur in ON and GROUP clause at once`;
    }
  }
}

function selectorFaults(
  node: VectorSelector,
  isEmptyAllowed: boolean,
  fault: (message: string, span?: Span) => void,
): void {
  let isBroken = false;
  for (const matcher of node.matchers) {
    const reason = matcher.operator.endsWith('~') ? patternFault(matcher.value) : undefined;
    if (reason === undefined) continue;
    isBroken = true;
    fault(`a regular expression that ${reason}`, matcher);
  }
  if (isBroken || isEmptyAllowed) return;
  if (node.name === undefined && node.matchers.every((matcher) => matchesValue(matcher, ''))) {
    fault('vector selector must contain at least one non-empty matcher');
  }
}

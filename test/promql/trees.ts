import type { AtModifier, DurationExpr, Expr, Modifiers, VectorSelector } from '../../src/promql/ast.js';

/** A tree as nested arrays, the same for ours and for what Prometheus answers to `/api/v1/parse_query`. */
export type Tree = string | number | boolean | null | readonly Tree[];

const byText = (matchers: Tree[]) =>
  matchers.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const inMs = (seconds: number) => Math.round(seconds * 1000);

/** Our tree. */
export function treeOf(node: Expr): Tree {
  switch (node.kind) {
    case 'number':
      return String(node.value);
    case 'string':
      return ['string', node.value];
    case 'variable':
      return ['variable', node.text];
    case 'selector':
      return ['selector', matchersOf(node), ...modifiersOf(node), node.edges ?? null];
    case 'range':
      return ['range', treeOf(node.selector), lengthOf(node.range)];
    case 'subquery':
      return [
        'subquery',
        treeOf(node.operand),
        lengthOf(node.range),
        node.step === undefined ? 0 : lengthOf(node.step),
        ...modifiersOf(node),
      ];
    case 'aggregation': {
      const { operator, grouping, parameter, operand } = node;
      return [
        operator,
        grouping?.without ?? false,
        grouping?.labels ?? [],
        parameter === undefined ? null : treeOf(parameter),
        treeOf(operand),
      ];
    }
    case 'call':
      return ['call', node.function, ...node.args.map(treeOf)];
    case 'binary': {
      const { operator, bool, matching, fill, left, right } = node;
      return [
        operator,
        bool,
        matching?.on ?? false,
        matching?.labels ?? [],
        matching?.group?.side ?? null,
        matching?.group?.include ?? [],
        fill?.left ?? null,
        fill?.right ?? null,
        treeOf(left),
        treeOf(right),
      ];
    }
    case 'unary':
      return [node.operator, treeOf(node.operand)];
  }
}

function matchersOf({ name, matchers }: VectorSelector): Tree {
  return byText([
    ...(name === undefined ? [] : [['__name__', '=', name]]),
    ...matchers.map(({ label, operator, value }) => [label, operator, value]),
  ]);
}

function modifiersOf({ offset, at }: Modifiers): Tree[] {
  return [offset === undefined ? 0 : lengthOf(offset), at === undefined ? null : atOf(at)];
}

function atOf(at: AtModifier): Tree {
  if (at.kind === 'timestamp') return inMs(at.seconds);
  return at.kind === 'variable' ? at.text : at.kind;
}

function lengthOf(length: DurationExpr): Tree {
  switch (length.kind) {
    case 'duration':
      return inMs(length.seconds);
    case 'duration-variable':
      return length.text;
    case 'duration-unary':
      return [length.operator, null, lengthOf(length.operand)];
    case 'duration-binary':
      return [length.operator, lengthOf(length.left), lengthOf(length.right)];
    case 'duration-call':
      return [
        length.function,
        length.args[0] ? lengthOf(length.args[0]) : null,
        length.args[1] ? lengthOf(length.args[1]) : null,
      ];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the answer of the server is read field by field
type Answer = any;

/** The tree of Prometheus, without the parentheses that ours does not keep. */
export function treeOfPrometheus(node: Answer): Tree {
  const all = (nodes: Answer[]) => nodes.map(treeOfPrometheus);
  switch (node.type) {
    case 'numberLiteral':
      return String(Number(node.val.replace('Inf', 'Infinity')));
    case 'stringLiteral':
      return ['string', node.val];
    case 'parenExpr':
      return treeOfPrometheus(node.expr);
    case 'unaryExpr': {
      const operand = treeOfPrometheus(node.expr);
      if (typeof operand !== 'string') return [node.op, operand];
      return node.op === '-' ? String(-Number(operand)) : operand;
    }
    case 'vectorSelector':
    case 'matrixSelector': {
      const matchers = node.matchers.map(({ name, type, value }: Answer) => [name, type, value]);
      const edges = node.smoothed ? 'smoothed' : node.anchored ? 'anchored' : null;
      const selector: Tree = ['selector', byText(matchers), ...shiftOfPrometheus(node), edges];
      if (node.type === 'vectorSelector') return selector;
      return ['range', selector, node.rangeExpr ? lengthOfPrometheus(node.rangeExpr) : node.range];
    }
    case 'subquery':
      return [
        'subquery',
        treeOfPrometheus(node.expr),
        node.rangeExpr ? lengthOfPrometheus(node.rangeExpr) : node.range,
        node.stepExpr ? lengthOfPrometheus(node.stepExpr) : node.step,
        ...shiftOfPrometheus(node),
      ];
    case 'aggregation':
      return [
        node.op,
        node.without,
        node.grouping ?? [],
        node.param === null ? null : treeOfPrometheus(node.param),
        treeOfPrometheus(node.expr),
      ];
    case 'call':
      return ['call', node.func.name, ...all(node.args)];
    case 'binaryExpr': {
      const { card, include, labels, on, fillValues } = node.matching ?? {};
      const side = card === 'many-to-one' ? 'left' : card === 'one-to-many' ? 'right' : null;
      return [
        node.op,
        node.bool,
        on ?? false,
        labels ?? [],
        side,
        include ?? [],
        fillValues?.lhs ?? null,
        fillValues?.rhs ?? null,
        ...all([node.lhs, node.rhs]),
      ];
    }
    default:
      throw new Error(`Prometheus answered a node of the type ${node.type}`);
  }
}

function shiftOfPrometheus({ offset, offsetExpr, timestamp, startOrEnd }: Answer): Tree[] {
  return [offsetExpr ? lengthOfPrometheus(offsetExpr) : offset, timestamp ?? startOrEnd ?? null];
}

function lengthOfPrometheus(node: Answer): Tree {
  if (node === null) return null;
  if (node.type === 'numberLiteral') return inMs(Number(node.val));
  const [left, right] = [lengthOfPrometheus(node.lhs), lengthOfPrometheus(node.rhs)];
  if (node.lhs === null && node.op === '+') return right;
  if (node.lhs === null && node.op === '-' && typeof right === 'number') return -right;
  return [node.op, left, right];
}

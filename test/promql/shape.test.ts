import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { Expr } from '../../src/promql/ast.js';
import { nodesOf, sourceOf } from '../../src/promql/ast.js';
import { parseExpression } from '../../src/promql/parse.js';
import { shapeByBrackets, shapeOf } from '../../src/promql/shape.js';
import { newerShapes, ruleShapes } from './corpus.js';

const bundle = buildBundle(parseConfig({ groupBy: ['cluster'] }), definitions());
const ours = [
  ...bundle.recordingGroups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ...bundle.alertGroups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ...bundle.dashboards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr))),
  ),
];

/** An expression and, as texts of their own, all that it consists of. */
function withParts(text: string): string[] {
  const expression = parseExpression(text, { variables: true });
  const isWhole = ({ kind }: Expr) => kind !== 'range';
  return [
    text,
    ...nodesOf(expression.root)
      .filter(isWhole)
      .map((node) => sourceOf(expression, node)),
  ];
}

describe('the shape of an expression by its brackets', () => {
  it.each([
    ['(a + b)', true, false],
    ['(a) + (b)', false, false],
    ['(a)(b)', false, false],
    ['a+b', false, false],
    ['a+(b)', false, false],
    ['a+b{x="1"}', false, false],
    ['a{x="1"}+b', false, false],
    ['sum(a)+b', false, false],
    ['1-sum by (x) (a)', false, false],
    ['up [5m]', true, false],
    ['up {a="b"} [5m]', true, false],
    ['sum (up)', true, false],
    ['sum(up)by(a)', true, false],
    ['sum (up)  by  (a)', true, false],
    ['sum by(a)(up)', true, false],
    ['sum  by  (a)  (up)', true, false],
    ["up{a='(x', b='\\')'}", true, false],
    ['up{a=`(x`}', true, false],
    ['up', true, false],
    ['up{job=~"(a|b)"}', true, false],
    ['{job="a"}', true, false],
    ['up{job="]"}[5m]', true, false],
    ['up[5m:1m]', false, false],
    ['rate(up{a="("}[5m]) ', true, false],
    ['rate(up[5m]) > 1', false, false],
    ['-up', false, false],
    ['up offset 5m', false, false],
    ['sum by (a) (up)', true, false],
    ['sum(up) without (a, b)', true, false],
    ['sum by (a)', false, false],
    ['sum(up) by (a) > 1', false, false],
    ['1.5e-3', true, false],
    ['-1.5e-3', false, false],
    ['1.5e10', true, false],
    ['.5', true, false],
    ['$relay', true, false],
    ['rate(up[$__range])', true, false],
    ['"text"', false, false],
    ['# it\'s "all"\n(a)', true, true],
    ['a # why', true, true],
    ['label_replace(up, "a", "#", "b", "")', true, false],
    ['label_replace(up, "a", "\\"(", "b", `)`)', true, false],
  ])('%j', (text, atomic, commented) => {
    expect(shapeByBrackets(text)).toEqual({ atomic, commented });
  });

  it.each(['sum(', 'a)', '(a]', '"a', 'up[${__range}]', '[[relay]]', '{a="b"'])(
    'is not known for %j',
    (text) => {
      expect(shapeByBrackets(text)).toBeUndefined();
    },
  );

  it('is atomic for a variable in place of a number', () => {
    expect(shapeOf(parseExpression('0.$quantile', { variables: true }))).toMatchObject({ atomic: true });
  });

  it('is the one that a parser finds, where it is known', () => {
    const texts = [...new Set([...ours, ...ruleShapes(), ...newerShapes()].flatMap(withParts))];
    const known = texts.filter((text) => shapeByBrackets(text) !== undefined);
    expect(known.length).toBeGreaterThan(0.95 * texts.length);
    const wrong = known.filter((text) => {
      const found = shapeOf(parseExpression(text, { variables: true }));
      const { atomic, commented } = shapeByBrackets(text) ?? {};
      return found.atomic !== atomic || found.commented !== commented;
    });
    expect(wrong).toEqual([]);
  });
});

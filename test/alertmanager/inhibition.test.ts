import { describe, expect, it } from 'vitest';
import { inhibitionsAmong } from '../../src/alertmanager/inhibition.js';
import {
  type AlertLabels,
  casesOf,
  exactLabels,
  type LabelValue,
  meetsAll,
} from '../../src/alertmanager/labels.js';
import { type AlertMatcher, parseMatchers } from '../../src/alertmanager/matchers.js';

/** An alert of which some labels are known, and others carried by its series, open or external. */
const alert = (
  known: Readonly<Record<string, string>>,
  unknown: Readonly<Record<string, LabelValue['kind']>> = {},
  holding = '',
): AlertLabels => ({
  of: (label) => {
    const kind = unknown[label];
    return kind === undefined || kind === 'known' ? { kind: 'known', value: known[label] ?? '' } : { kind };
  },
  holding: parseMatchers(holding),
});
const textOf = ({ label, operator, value }: AlertMatcher) => `${label}${operator}${value}`;

describe('what depends on an unknown value', () => {
  /** Whether an alert meets conditions, for each case of its unknown labels. */
  const casesFor = (labels: AlertLabels, matchers: string) =>
    casesOf((holdsFor) => meetsAll(parseMatchers(matchers), labels, holdsFor(labels))).cases.map(
      ({ result, conditions }) => `${conditions.map(textOf).join(' ')} → ${result}`,
    );
  const open = alert({ s: '1' }, { a: 'open', b: 'carried', c: 'external' });

  it.each([
    ['s="1"', [' → true']],
    ['s="2"', [' → false']],
    ['s!="2"', [' → true']],
    ['s!~"1|2"', [' → false']],
    ['a="x"', ['a=x → true', 'a!=x → false']],
    ['a!="x"', ['a=x → false', 'a!=x → true']],
    ['a!~"x.*"', ['a=~x.* → false', 'a!~x.* → true']],
    // What is known is looked at first.
    ['a="x", s="2"', [' → false']],
    ['a=~".*"', [' → true']],
    ['a=~"(.*)"', [' → true']],
    ['a!~".*"', [' → false']],
    ['a=~".+"', ['a= → false', 'a!= → true']],
    ['a=".*"', ['a=.* → true', 'a!=.* → false']],
    ['a=~".*x"', ['a=~.*x → true', 'a!~.*x → false']],
    ['a=""', ['a= → true', 'a!= → false']],
    // Its series carry it, so it is never empty.
    ['b=""', [' → false']],
    ['b!=""', [' → true']],
    ['b=~".+"', [' → true']],
    ['b=~"|x"', ['b=~|x → true', 'b!~|x → false']],
    ['c=""', ['c= → true', 'c!= → false']],
    // One answer decides others.
    ['a="x", a="x"', ['a=x → true', 'a!=x → false']],
    ['a=~"x.*", a=~"x.*"', ['a=~x.* → true', 'a!~x.* → false']],
    ['a!="x.*", a=~"x.*"', ['a=x.* → false', 'a!=x.* a=~x.* → true', 'a!=x.* a!~x.* → false']],
    ['a=~"x.*", a="xy", a=~".*y"', ['a=~x.* a=xy → true', 'a=~x.* a!=xy → false', 'a!~x.* → false']],
    ['a="x", a="y"', ['a=x → false', 'a!=x → false']],
    ['a="x", a=~"x|y"', ['a=x → true', 'a!=x → false']],
    ['a=~"x|y", a="x"', ['a=~x|y a=x → true', 'a=~x|y a!=x → false', 'a!~x|y → false']],
    ['a=~"x|y", a!="x", a="y"', ['a=~x|y a=x → false', 'a=~x|y a!=x → true', 'a!~x|y → false']],
    ['a=~"x|y", a="z"', ['a=~x|y → false', 'a!~x|y → false']],
    ['a!="x", a="x"', ['a=x → false', 'a!=x → false']],
    ['a!="x", a=~"x|y"', ['a=x → false', 'a!=x a=~x|y → true', 'a!=x a!~x|y → false']],
    ['a=~"x.*", a="y"', ['a=~x.* → false', 'a!~x.* → false']],
    ['a=~"x.*", a="xy"', ['a=~x.* a=xy → true', 'a=~x.* a!=xy → false', 'a!~x.* → false']],
    ['b=~"|x", b!="x"', ['b=~|x → false', 'b!~|x → false']],
  ])('%s', (matchers, cases) => {
    expect(casesFor(open, matchers)).toEqual(cases);
  });

  it('is decided where the expression of an alert restricts a label', () => {
    const restricted = alert({}, { a: 'carried' }, 'a=~"x|y", b="z"');
    expect(casesFor(restricted, 'a="z"')).toEqual([' → false']);
    expect(casesFor(restricted, 'a=~"x|y|z"')).toEqual([' → true']);
    expect(casesFor(restricted, 'a="x"')).toEqual(['a=x → true', 'a!=x → false']);
    const without = alert({}, { a: 'open' }, 'a!="x"');
    expect(casesFor(without, 'a="x"')).toEqual([' → false']);
    expect(casesFor(without, 'a!="x"')).toEqual([' → true']);
    expect(casesFor(alert({}, { a: 'open' }, 'a!~"x|y"'), 'a=~"x|y"')).toEqual([' → false']);
  });

  it('is the same for two alerts with the same unknown label, unless one of them always carries it', () => {
    const both = (one: AlertLabels, other: AlertLabels) =>
      casesOf((holdsFor) => {
        const [matcher] = parseMatchers('a="x"') as [AlertMatcher];
        return `${holdsFor(one)(matcher)} ${holdsFor(other)(matcher)}`;
      }).cases.map(({ result }) => result);
    const of = (kind: LabelValue['kind']) => alert({}, { a: kind });
    expect(both(of('open'), of('open'))).toEqual(['true true', 'false false']);
    expect(both(of('carried'), of('open'))).toEqual(['true true', 'true false', 'false true', 'false false']);
  });

  it('is not listed completely beyond 256 cases', () => {
    const labels = Array.from({ length: 9 }, (_, i) => `l${i}`);
    const many = alert({}, Object.fromEntries(labels.map((label) => [label, 'open' as const])));
    const count = (some: readonly string[]) =>
      casesOf((holdsFor) => some.map((label) => holdsFor(many)({ label, operator: '=', value: 'x' })).join());
    const [most, more] = [count(labels.slice(0, 8)), count(labels)];
    expect([most.cases.length, most.isComplete]).toEqual([256, true]);
    expect([more.cases.length, more.isComplete]).toEqual([256, false]);
  });

  it('is nothing for an alert of which all is known, whatever its labels are called', () => {
    const exact = exactLabels({ a: 'x' });
    expect([exact.of('a'), exact.of('b'), exact.of('toString'), exact.holding]).toEqual([
      { kind: 'known', value: 'x' },
      { kind: 'known', value: '' },
      { kind: 'known', value: '' },
      [],
    ]);
  });
});

describe('which alerts inhibit which', () => {
  interface Rule {
    readonly source: string;
    readonly target: string;
    readonly equal?: readonly string[];
  }
  /** `target ← source (labels that have to agree; labels that it depends on)` */
  const inhibited = (rules: readonly Rule[], alerts: Readonly<Record<string, AlertLabels>>) =>
    [
      ...inhibitionsAmong(
        rules.map(({ source, target, equal = [] }) => ({
          source: parseMatchers(source),
          target: parseMatchers(target),
          equal,
          line: undefined,
        })),
        new Map(Object.entries(alerts)),
      ),
    ].flatMap(([target, by]) =>
      by.map(({ source, same, dependsOn }) => `${target} ← ${source} (${same.join()}; ${dependsOn.join()})`),
    );
  const UP: Rule = { source: 'severity="critical"', target: 'severity="warning"' };
  const critical = (
    more: Readonly<Record<string, string>> = {},
    ...rest: [Readonly<Record<string, LabelValue['kind']>>?, string?]
  ) => alert({ severity: 'critical', ...more }, ...rest);
  const warning = (
    more: Readonly<Record<string, string>> = {},
    ...rest: [Readonly<Record<string, LabelValue['kind']>>?, string?]
  ) => alert({ severity: 'warning', ...more }, ...rest);
  const on = (equal: readonly string[]): Rule => ({ ...UP, equal });

  it.each<[string, readonly Rule[], Readonly<Record<string, AlertLabels>>, readonly string[]]>([
    ['a source and a target', [UP], { s: critical(), t: warning() }, ['t ← s (; )']],
    ['no source', [UP], { a: warning(), b: warning() }, []],
    [
      'the same known value',
      [on(['r'])],
      { s: critical({ r: '1' }), t: warning({ r: '1' }) },
      ['t ← s (; )'],
    ],
    ['other known values', [on(['r'])], { s: critical({ r: '1' }), t: warning({ r: '2' }) }, []],
    ['a label that both lack', [on(['r'])], { s: critical(), t: warning() }, ['t ← s (; )']],
    ['a label that one lacks', [on(['r'])], { s: critical({ r: '1' }), t: warning() }, []],
    [
      'labels of unknown values',
      [on(['b', 'a'])],
      { s: critical({}, { a: 'open', b: 'carried' }), t: warning({}, { a: 'carried', b: 'open' }) },
      ['t ← s (b,a; )'],
    ],
    [
      'a label that one always carries and the other lacks',
      [on(['a'])],
      { s: critical({}, { a: 'carried' }), t: warning() },
      [],
    ],
    ['the same, the other way round', [on(['a'])], { s: critical(), t: warning({}, { a: 'carried' }) }, []],
    [
      'a value that the other may have',
      [on(['a'])],
      { s: critical({ a: '1' }), t: warning({}, { a: 'open' }) },
      ['t ← s (a; )'],
    ],
    [
      'a value that the source may have',
      [on(['a'])],
      { s: critical({}, { a: 'open' }), t: warning({ a: '1' }) },
      ['t ← s (a; )'],
    ],
    [
      'values of which one is one of a few',
      [on(['a'])],
      { s: critical({}, { a: 'carried' }, 'a=~"2|3"'), t: warning({}, { a: 'carried' }) },
      ['t ← s (a; )'],
    ],
    [
      'a value that the other never has',
      [on(['a'])],
      { s: critical({ a: '1' }), t: warning({}, { a: 'carried' }, 'a=~"2|3"') },
      [],
    ],
    [
      'an external label of both',
      [on(['site'])],
      { s: critical({}, { site: 'external' }), t: warning({}, { site: 'external' }) },
      ['t ← s (; )'],
    ],
    [
      'an external label of one',
      [on(['site'])],
      { s: critical({}, { site: 'external' }), t: warning({}, { site: 'carried' }) },
      ['t ← s (site; site)'],
    ],
    [
      'an external label of the other',
      [on(['site'])],
      { s: critical({ site: 'x' }), t: warning({}, { site: 'external' }) },
      ['t ← s (site; site)'],
    ],
    [
      'conditions on unknown labels',
      [{ source: 'severity="critical", b="1"', target: 'severity="warning", a="2"' }],
      { s: critical({}, { b: 'open' }), t: warning({}, { a: 'open' }) },
      ['t ← s (; a,b)'],
    ],
    [
      'alerts that are on both sides',
      [{ source: 'x="1"', target: 'x="1"' }],
      { a: alert({ x: '1' }), b: alert({ x: '1' }) },
      [],
    ],
    [
      'an alert that may be on both sides',
      [{ source: 'x="1"', target: 'y="1"' }],
      { a: alert({ x: '1', y: '1' }), b: alert({ y: '1' }, { x: 'open' }), c: alert({ x: '1' }) },
      // An alert may fire twice, with different values of x.
      ['a ← c (; )', 'b ← a (; x)', 'b ← b (; x)', 'b ← c (; )'],
    ],
    [
      'a source that may be a target, and a target that is no source',
      [{ source: 'x="1"', target: 'y="1"' }],
      { s: alert({ x: '1' }, { y: 'open' }), t: alert({ y: '1' }) },
      ['s ← s (; y)', 't ← s (; )'],
    ],
    [
      'a rule that needs less than another',
      [on(['a']), UP],
      { s: critical({}, { a: 'open' }), t: warning({}, { a: 'open' }) },
      ['t ← s (; )'],
    ],
    [
      'a rule that needs more than another',
      [UP, on(['a'])],
      { s: critical({}, { a: 'open' }), t: warning({}, { a: 'open' }) },
      ['t ← s (; )'],
    ],
    [
      'a rule that needs another label more',
      [on(['a']), on(['a', 'b'])],
      { s: critical({}, { a: 'open', b: 'open' }), t: warning({}, { a: 'open', b: 'open' }) },
      ['t ← s (a; )'],
    ],
    [
      'rules that need different labels',
      [on(['a']), on(['b'])],
      { s: critical({}, { a: 'open', b: 'open' }), t: warning({}, { a: 'open', b: 'open' }) },
      ['t ← s (a; )', 't ← s (b; )'],
    ],
    ['two sources', [UP], { s: critical(), t: warning(), u: critical() }, ['t ← s (; )', 't ← u (; )']],
  ])('%s', (_, rules, alerts, expected) => {
    expect(inhibited(rules, alerts)).toEqual(expected);
  });
});

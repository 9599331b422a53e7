import { describe, expect, it } from 'vitest';
import { findTool, toolVersion } from '../../src/processes/find.js';
import { templateFault } from '../../src/promql/template-fault.js';
import { refusedTemplates } from '../promtool.js';

const unexpected = (text: string) => `has an unexpected ${JSON.stringify(text)} in {{ }}`;
const after = (found: string, before: string) => `has an unexpected ${JSON.stringify(found)} after ${before}`;
const unknown = (variable: string) => `uses ${variable}, which no template has`;
const noFunction = (name: string) => `calls ${name}, a function that Prometheus does not have`;
const noValue = 'has no value between {{ and }}, or beside a |';
const unreadable = (literal: string) => `has ${literal} in {{ }}, which Go cannot read`;
const unnamed = (word: string) => `has a {{ ${word} }} without a name in quotes`;
const elseOfNothing = 'has an {{ else }} that belongs to nothing';
const tooMany = 'declares too many variables in {{ }}';
const unmatched = 'has an unmatched {{ or }}';
const unclosed = 'has a string without its closing quote in {{ }}';
const noEnd = 'has a block without {{ end }}';

/** Templates that every Prometheus takes, in every construct. */
const ACCEPTED = [
  'plain',
  '',
  '{{ $value }}',
  '{{ $labels.instance }}',
  '{{$labels.instance}}',
  '{{ $labels.instance | title | toUpper }}',
  '{{ printf "%.2f" $value }}',
  '{{ $value | printf "%.2f" }}',
  '{{ $value | .x }}',
  '{{ $value | $labels.x }}',
  '{{ title | }}',
  '{{ title |\n}}',
  '{{ ( $value ) }}',
  '{{ (title | ) }}',
  '{{ if $value }}x{{ end }}',
  '{{ if $value }}x{{ else }}y{{ end }}',
  '{{ if $value }}x{{ else if $labels.a }}y{{ else }}z{{ end }}',
  '{{ range query "up" }}{{ .Labels.instance }}{{ end }}',
  '{{ range $i, $e := query "up" }}{{ $e.Labels.instance }}{{ $i }}{{ end }}',
  '{{ range $i , $e = query "up" }}{{ $e }}{{ $i }}{{ else }}{{ $e }}{{ end }}',
  '{{ with $x := query "up" }}{{ $x }}{{ end }}',
  '{{ with $x := query "up" }}{{ $x }}{{ else }}{{ $x }}{{ end }}',
  '{{ $x := 1 }}{{ $x }}',
  '{{ $x = 1 }}{{ $x }}',
  '{{ $x := 1 }}{{ $x = 2 }}',
  '{{ $x := $x }}',
  '{{ if $value }}{{ $y := 1 }}{{ else }}{{ $y }}{{ end }}',
  '{{ $labels }}{{ $ }}{{ . }}{{ .Labels }}{{ .Value }}',
  '{{ define "x" }}a{{ end }}{{ template "x" }}',
  '{{ define "x" }}{{ .Labels }}{{ $ }}{{ end }}',
  '{{ define "x" }}{{ end }}{{ $value }}',
  '{{ block "x" . }}{{ $ }}{{ end }}{{ $labels.a }}',
  '{{ template "nope" }}',
  '{{ template "nope" . }}',
  '{{ block "x" . }}a{{ end }}',
  '{{ range query "up" }}{{ break }}{{ end }}',
  '{{ range query "up" }}{{ if true }}{{ continue }}{{ end }}{{ end }}',
  '{{/* comment */}}',
  '{{- /* comment */ -}}',
  '{{/* two\n{{ lines */\n-}}{{ $value }}',
  '{{/* one */}}{{/* two */}}x',
  '{{/* {{*/ -}}x',
  '{{- $value -}}',
  '{{-\n$value\t-}}',
  '{{ $value \n-}}',
  '{{ "a{{" -}}',
  '{{ -1 }}',
  '{{ 1.5e3 }}',
  '{{ 1.5E-3 }}',
  '{{ 1e-400 }}',
  '{{ 0x1F }}',
  '{{ -0X1f }}',
  '{{ 0b101 }}',
  '{{ 0o17 }}',
  '{{ 017 }}',
  '{{ 01777777777777777777777 }}',
  '{{ 0 }}',
  '{{ 18446744073709551615 }}',
  '{{ -9223372036854775808 }}',
  `{{ 'a' }}`,
  `{{ '\\'' }}`,
  `{{ '😀' }}`,
  '{{ `a\nb` }}',
  '{{ "a\\"b" }}',
  '{{ $value\n}}',
  '{ $value }}',
  '}} text',
  '{{ $value }}}}',
  '{{ .Labels.foo.Bar }}',
  '{{ $labels.foo.Bar }}',
  '{{ (query "up" | first).Labels.instance }}',
  '{{ (query "up" | first | value) }}',
  '{{ query "up" | first | value | humanize }}',
  '{{ index $labels "a-b" }}',
  '{{ and $value 1 }}',
  '{{ 1 .Foo }}',
  '{{ nil }}',
  '{{ nil | title }}',
  '{{ false }}{{ true }}',
  '{{ eq $value 1.0 }}',
  '{{ title ("a") }}',
  '{{ title\t"a"\n}}',
  '{{ args 1 2 }}',
  '{{ . | title }}',
  '{{ ._x }}',
  '{{ $_x := 1 }}{{ $_x }}',
  '{{ $é2 := 1 }}{{ $é2.ü3 }}',
  '{{ $value|humanize }}',
  '{{ $x:=1 }}',
  '{{ $x :=1 }}',
  '{{ humanize $value}}',
  '{{ range $x := query "a" }}{{ else }}{{ $x }}{{ end }}',
  '{{ if $value -}} a {{- else -}} b {{- end -}}',
  '{{ +1 }}',
  '{{ 1_000 }}',
  '{{ .5 }}',
  '{{ 1i }}',
  '{{ 08i }}',
  '{{ 99999999999999999999i }}',
  '{{ "\\u00e9" }}',
  '{{ $externalLabels.cluster }} {{ $externalURL }}',
  '{{ ($value) }} {{ ($labels).a }} {{ (1).Foo }}',
  '{{ $value | (title) }}',
  '{{ ("a" | title) | (1) }}',
  '{{ $x := title | printf }}',
  '{{ ($x := 1) }}',
  '{{ template "a" $x := 1 }}',
  '{{ first.Foo }}',
  '{{ and }}',
  ...'and call eq ge gt html index js le len lt ne not or print printf println slice urlquery'
    .split(' ')
    .map((name) => `{{ ${name} 1 2 }}`),
  ...'args first graphLink humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp label match'
    .split(' ')
    .map((name) => `{{ ${name} "a" }}`),
  ...'externalURL parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel stripDomain stripPort strvalue'
    .split(' ')
    .map((name) => `{{ ${name} "a" }}`),
  ...'tableLink title toLower toTime toUpper value'.split(' ').map((name) => `{{ ${name} "a" }}`),
];

/** Templates that only Prometheus 3 takes, and why Prometheus 2 does not. */
const NEWER: readonly (readonly [template: string, reason: string])[] = [
  ['{{ with $value }}x{{ else with $labels.a }}y{{ end }}', unexpected('with')],
  ['{{ now }}', noFunction('now')],
  ['{{ toDuration 1 }}', noFunction('toDuration')],
  ['{{ urlQueryEscape "a" }}', noFunction('urlQueryEscape')],
];

/** Templates that no Prometheus takes, and why. */
const REFUSED: readonly (readonly [template: string, reason: string])[] = [
  ['{{ $labels.a-b }}', after('-', '.a')],
  ['{{ $value | "x" }}', 'passes a value to "x", which is no function'],
  ['{{ $value | . }}', 'passes a value to ., which is no function'],
  ['{{ $value | 1 }}', 'passes a value to 1, which is no function'],
  [`{{ $value | 'a' }}`, `passes a value to 'a', which is no function`],
  ['{{ $value | true }}', 'passes a value to true, which is no function'],
  ['{{ $value | false }}', 'passes a value to false, which is no function'],
  ['{{ "x" | nil }}', 'passes a value to nil, which is no function'],
  ['{{ }}', noValue],
  ['{{}}', noValue],
  ['{{ | title }}', noValue],
  ['{{ title | | title }}', noValue],
  ['{{ ( $value }}', 'has a ( without its ) in {{ }}'],
  ['{{ ( $value | title }}', 'has a ( without its ) in {{ }}'],
  ['{{ $value ) }}', unexpected(')')],
  ['{{ ($value)) }}', unexpected(')')],
  ['{{ () }}', noValue],
  ['{{ if }}x{{ end }}', noValue],
  ['{{ if $value }}x{{ else }}y{{ else }}z{{ end }}', elseOfNothing],
  ['{{ if $value }}x{{ else }}y{{ else if $value }}z{{ end }}', elseOfNothing],
  ['{{ if $value }}x{{ else with $labels.a }}y{{ end }}', unexpected('with')],
  ['{{ if $value }}x{{ else true }}y{{ end }}', unexpected('true')],
  ['{{ if $value }}x{{ else if }}y{{ end }}', noValue],
  ['{{ if $value }}x{{ else "y" }}y{{ end }}', 'has an unexpected "\\"y\\"" in {{ else }}'],
  ['{{ else }}', elseOfNothing],
  ['{{ define "x" }}{{ else }}{{ end }}', elseOfNothing],
  ['{{ block "x" . }}{{ else }}{{ end }}', elseOfNothing],
  ['{{ range $i, $e := query "up" }}{{ end }}{{ $i }}', unknown('$i')],
  ['{{ range $i, $e, $f := query "up" }}{{ end }}', tooMany],
  ['{{ with $i, $e := query "up" }}{{ end }}', tooMany],
  ['{{ with $x := query "up" }}{{ end }}{{ $x }}', unknown('$x')],
  ['{{ $x, $y := 1 }}', tooMany],
  ['{{ $foo }}', unknown('$foo')],
  ['{{ $Labels.a }}', unknown('$Labels')],
  ['{{ define "x" }}{{ $labels.a }}{{ end }}', unknown('$labels')],
  ['{{ define "x" }}{{ $y := 1 }}{{ end }}{{ $y }}', unknown('$y')],
  ['{{ define x }}{{ end }}', unnamed('define')],
  ['{{ define "x" . }}{{ end }}', 'has an unexpected "." in {{ define }}'],
  ['{{ template nope }}', unnamed('template')],
  ['{{ template }}', unnamed('template')],
  ['{{ template "x" $nope }}', unknown('$nope')],
  ['{{ title := 1 }}', unexpected(':=')],
  ['{{ 1 = 2 }}', unexpected('=')],
  ['{{ block x . }}{{ end }}', unnamed('block')],
  ['{{ block "x" }}a{{ end }}', noValue],
  ['{{ block "x" . }}{{ $labels }}{{ end }}', unknown('$labels')],
  ['{{ if true }}{{ define "x" }}{{ end }}{{ end }}', 'has a {{ define }} inside of a block'],
  ['{{ break }}', 'has a {{ break }} outside of a {{ range }}'],
  ['{{ if true }}{{ continue }}{{ end }}', 'has a {{ continue }} outside of a {{ range }}'],
  ['{{ range query "up" }}{{ break 1 }}{{ end }}', 'has an unexpected "1" in {{ break }}'],
  ['{{ range query "up" }}{{ end }}{{ break }}', 'has a {{ break }} outside of a {{ range }}'],
  ['{{ /* comment */ }}', unexpected('/')],
  ['{{/* comment */ }}', 'has a comment that does not end with */}}'],
  ['{{/* comment */x}}', 'has a comment that does not end with */}}'],
  ['{{/* comment */  -}}', 'has a comment that does not end with */}}'],
  ['{{/* comment', 'has a comment without */'],
  ['{{-$value}}', unexpected('-')],
  ['{{ 1x }}', after('x', '1')],
  [`{{ 'ab' }}`, unreadable(`'ab'`)],
  [`{{ '' }}`, unclosed],
  ['{{ "a\\qb" }}', unreadable('"a\\qb"')],
  ['{{ "\\x" }}', unreadable('"\\x"')],
  ['{{ "a\nb" }}', unclosed],
  ['{{ "abc }}', unclosed],
  ['{{ `abc }}', unclosed],
  ['{{ $value', unmatched],
  ['{{ $value }', unmatched],
  ['{{', unmatched],
  ['{{{ $value }}}', unmatched],
  ['{{ $labels.instance}} down {{$value }', unmatched],
  ['{{ unknown $value }}', noFunction('unknown')],
  ['{{ $value | unknown }}', noFunction('unknown')],
  ['{{ tmpl "x" . }}', noFunction('tmpl')],
  ['{{ é }}', noFunction('é')],
  ['{{ $labels."a" }}', unexpected('.')],
  ['{{ 1.Foo }}', after('F', '1.')],
  ['{{ "a".Foo }}', unexpected('.Foo')],
  ['{{ true.Foo }}', unexpected('.Foo')],
  ['{{ nil.Foo }}', unexpected('.Foo')],
  ['{{ $value,$value }}', tooMany],
  ['{{ $value; }}', after(';', '$value')],
  ['{{ $value == 1 }}', unexpected('=')],
  ['{{ $value > 1 }}', unexpected('>')],
  ['{{ $value > "a" }}', unexpected('>')],
  ['{{ title"a" }}', after('"', 'title')],
  ['{{ title("a") }}', unexpected('(')],
  ['{{ printf "%s""%s" }}', unexpected('"%s"')],
  ['{{ $labels.a$labels.b }}', after('$', '.a')],
  ['{{ end }}', 'has an {{ end }} that ends nothing'],
  ['{{ if true }}{{ end }}{{ end }}', 'has an {{ end }} that ends nothing'],
  ['{{ if $value }}', noEnd],
  ['{{ define "a" }}{{ if true }}{{ end }}', noEnd],
  ['{{ end if }}', 'has an unexpected "if" in {{ end }}'],
  ['{{ else if true }}', elseOfNothing],
  ['{{ .. }}', unexpected('.')],
  ['{{ .Foo. }}', unexpected('.')],
  ['{{ $1 }}', unknown('$1')],
  ['{{humanize$value}}', after('$', 'humanize')],
  ['{{ range }}{{ end }}', noValue],
  ['{{ with }}{{ end }}', noValue],
  ['{{ range $x := query "a" }}{{ else range query "b" }}{{ end }}', unexpected('range')],
  [
    '{{ if $x := 1 }}{{ $x }}{{ else if $y := 2 }}{{ $x }}{{ $y }}{{ else }}{{ $y }}{{ end }}{{ $x }}',
    unknown('$x'),
  ],
  ['{{ 08 }}', unreadable('08')],
  ['{{ 018 }}', unreadable('018')],
  ['{{ 02000000000000000000000 }}', unreadable('02000000000000000000000')],
  ['{{ 0xEEEEEEEEEEEEEEEEE }}', unreadable('0xEEEEEEEEEEEEEEEEE')],
  ['{{ 0x1Fi }}', unreadable('0x1Fi')],
  ['{{ -0b1i }}', unreadable('-0b1i')],
  ['{{ 1.2.3 }}', unexpected('.3')],
  ['{{ 99999999999999999999 }}', unreadable('99999999999999999999')],
  ['{{ 18446744073709551616 }}', unreadable('18446744073709551616')],
  ['{{ -9223372036854775809 }}', unreadable('-9223372036854775809')],
  ['{{ 1e400 }}', unreadable('1e400')],
  ['{{ 1e400i }}', unreadable('1e400i')],
  ['{{ 0b2 }}', after('b', '0')],
];

it('refuses the templates that promtool refuses, and no others', async () => {
  const { major } = await toolVersion('promtool', await findTool('promtool'));
  const templatesOf = (table: typeof REFUSED) => table.map(([template]) => template);
  const expected = [...(major > 2 ? [] : templatesOf(NEWER)), ...templatesOf(REFUSED)];
  const refused = await refusedTemplates([...ACCEPTED, ...templatesOf(NEWER), ...templatesOf(REFUSED)]);
  expect(refused).toEqual(expected);
});

describe('a template', () => {
  it.each(ACCEPTED)('is accepted for every Prometheus: %j', (template) => {
    expect([templateFault(template), templateFault(template, 3)]).toEqual([undefined, undefined]);
  });

  it.each(NEWER)('is accepted for Prometheus 3 alone: %j', (template, reason) => {
    expect(templateFault(template, 3)).toBeUndefined();
    expect([templateFault(template, 2), templateFault(template)]).toEqual([reason, reason]);
  });

  it.each(REFUSED)('is refused: %j %s', (template, reason) => {
    expect([templateFault(template), templateFault(template, 3)]).toEqual([reason, reason]);
  });

  it('is refused for Prometheus 3 where a condition follows the else of another kind of block', () => {
    expect(templateFault('{{ range query "a" }}{{ else with . }}{{ end }}', 3)).toBe(unexpected('with'));
  });
});

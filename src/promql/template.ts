import type { Duration } from './duration.js';
import { isDurationText } from './literals.js';
import { tryParse } from './parse.js';
import { type Shape, shapeByBrackets, shapeOf } from './shape.js';

declare const promqlBrand: unique symbol;
/** A PromQL expression made by the `promql` tag; a plain string is not accepted in its place. */
export type Promql = string & { readonly [promqlBrand]: true };

/** A piece of PromQL that is not a complete expression: label matchers, a list of labels, a series name. */
export class PromqlFragment {
  constructor(readonly text: string) {}
}

/** A definition that stands for a series name: a metric or a recording rule of the model. */
export type SeriesDefinition =
  | { readonly kind: 'metric'; readonly name: string }
  | { readonly kind: 'recording-rule'; readonly record: string };

/** What may stand in `${}` of a `promql` template. */
export type Interpolation = SeriesDefinition | PromqlFragment | Promql | Duration | number;

/**
 * Writes PromQL as text. Definitions become their names, numbers and durations stand as they are, a nested
 * expression gets parentheses where it needs them, and the common indentation is taken away. Comments stay:
 * the reviewer and the on-call read them in the rule file.
 *
 * Throws `TypeError` for a value that has no place in PromQL (a plain string that is neither a duration nor a
 * whole expression, `NaN`, `undefined`). Whether the whole is correct is for the checks of the bundle to say.
 */
export function promql(strings: TemplateStringsArray, ...values: Interpolation[]): Promql {
  const texts = dedent(strings);
  let out = texts[0] as string;
  values.forEach((value, i) => {
    const after = texts[i + 1] as string;
    out += interpolate(value, out, after, values.length === 1 && texts.every((t) => t.trim() === ''));
    out += after;
  });
  const expression = out.trim() as Promql;
  if (made.size >= MOST_KEPT) made.clear();
  made.add(expression);
  return expression;
}

function interpolate(value: Interpolation, before: string, after: string, alone: boolean): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`promql: found ${value}, expected a finite number`);
    // The power binds tighter than the sign: -2 ^ 2 is -4.
    return value < 0 && /^\s*\^/.test(after) ? `(${value})` : String(value);
  }
  if (value instanceof PromqlFragment) return value.text;
  if (typeof value === 'object' && value !== null) {
    if (value.kind === 'metric') return value.name;
    if (value.kind === 'recording-rule') return value.record;
  }
  if (typeof value !== 'string') {
    throw new TypeError(
      `promql: found ${String(value)}, expected a definition, number, duration or expression`,
    );
  }
  if (isDurationText(value)) return value;
  return nest(value, before, after, alone);
}

/** Expressions that this module made. They are whole as far as their pieces are, and the checks of the bundle read them. */
const made = new Set<string>();
/** More expressions than any site has; it bounds the memory of a process that builds many bundles. */
const MOST_KEPT = 4096;

function shapeOfNested(text: string): Shape {
  const known = made.has(text) ? shapeByBrackets(text) : undefined;
  if (known !== undefined) return known;
  const { expression, error } = tryParse(text, { variables: true });
  if (error !== undefined) {
    throw new TypeError(
      `promql: found ${JSON.stringify(text)}, expected a definition, number, duration or whole expression (${error.message})`,
    );
  }
  return shapeOf(expression);
}

function nest(text: string, before: string, after: string, alone: boolean): string {
  const { atomic, commented } = shapeOfNested(text);
  const indentation = /(?:^|\n)([ \t]*)[^\n]*$/.exec(before)?.[1] ?? '';
  const indented = (extra: string) => text.replaceAll('\n', `\n${indentation}${extra}`);
  if (alone) return text;
  const inParentheses = /\(\s*$/.test(before) && /^\s*\)/.test(after);
  if (!commented && (inParentheses || atomic)) return indented('');
  if (inParentheses && /\(\n\s*$/.test(before) && /^\n/.test(after)) return indented('');
  return text.includes('\n') || commented
    ? `(\n${indentation}  ${indented('  ')}\n${indentation})`
    : `(${text})`;
}

/** Removes the indentation that all lines of a template share, so that source layout does not reach the output. */
function dedent(strings: TemplateStringsArray): readonly string[] {
  // JavaScript passes the same list each time that it reaches a template in the source.
  const texts = dedented.get(strings) ?? withoutIndentation(strings);
  dedented.set(strings, texts);
  return texts;
}

const dedented = new WeakMap<TemplateStringsArray, readonly string[]>();

function withoutIndentation(strings: TemplateStringsArray): string[] {
  let width = Number.POSITIVE_INFINITY;
  strings.raw.forEach((raw) => {
    for (const [, spaces] of raw.matchAll(/\n([ \t]*)(?=[^ \t\n])/g))
      width = Math.min(width, (spaces as string).length);
    // An interpolation at the start of a line shows its indentation as trailing space.
    const tail = /\n([ \t]*)$/.exec(raw);
    if (tail && raw !== strings.raw[strings.raw.length - 1])
      width = Math.min(width, (tail[1] as string).length);
  });
  if (!Number.isFinite(width)) width = 0;
  return strings.map((text) => text.replace(new RegExp(`\\n[ \\t]{0,${width}}`, 'g'), '\n'));
}

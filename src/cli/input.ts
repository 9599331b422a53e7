import type { Parser } from '../terminal/option-values.js';

/** A default: the text that a user would type, and the value it stands for. */
interface Default {
  readonly text: string;
  readonly value: () => unknown;
}

/** An option or argument of a command, as data. `T` is the type of the value that `run` gets. */
export interface Input<T> {
  /** As commander writes it: `-c, --config <file>`, `--json`, `[head]`, `<name>`. */
  readonly term: string;
  readonly description: string;
  readonly parse?: Parser<unknown>;
  readonly required?: true;
  /** Can be given several times; the value is a list. */
  readonly repeatable?: true;
  readonly default?: Default;
  /** The name of an option that cannot be given together with this one. */
  readonly conflictsWith?: string;
  /** Only there to carry the type. */
  readonly type?: T;
}

export type Inputs = Readonly<Record<string, Input<unknown>>>;

/** The values of inputs, by the same keys. */
export type Values<I extends Inputs> = {
  readonly [K in keyof I]: I[K] extends Input<infer T> ? T : never;
};

const asText: Parser<string> = (text) => text;

/** An option without a value. */
export function flag(
  term: string,
  description: string,
  rest: Pick<Input<boolean>, 'conflictsWith'> = {},
): Input<boolean> {
  return { term, description, ...rest };
}

/** An input that may be left out; its value is undefined then. */
export function optional(term: string, description: string): Input<string | undefined>;
export function optional<T>(term: string, description: string, parse: Parser<T>): Input<T | undefined>;
export function optional(term: string, description: string, parse: Parser<unknown> = asText): Input<unknown> {
  return { term, description, parse };
}

/** An input without which the command does not run. */
export function required(term: string, description: string): Input<string> {
  return { term, description, parse: asText, required: true };
}

/** An input with a default, which is written as a user would type it. */
export function defaulted(term: string, description: string, text: string): Input<string>;
export function defaulted<T>(term: string, description: string, text: string, parse: Parser<T>): Input<T>;
export function defaulted(
  term: string,
  description: string,
  text: string,
  parse: Parser<unknown> = asText,
): Input<unknown> {
  return { term, description, parse, default: { text, value: () => parse(text) } };
}

/** An input whose default depends on the moment or the place; `text` describes it. */
export function computed<T>(
  term: string,
  description: string,
  fallback: { readonly text: string; readonly value: () => T },
  parse: Parser<T>,
): Input<T> {
  return { term, description, parse, default: fallback };
}

/** An option that can be given several times; an empty list without it. `text` says what an empty list means. */
export function repeatable(term: string, description: string, text?: string): Input<readonly string[]>;
export function repeatable<T>(
  term: string,
  description: string,
  text: string | undefined,
  parse: Parser<T>,
): Input<readonly T[]>;
export function repeatable(
  term: string,
  description: string,
  text?: string,
  parse: Parser<unknown> = asText,
): Input<readonly unknown[]> {
  const fallback = text === undefined ? {} : { default: { text, value: () => [] } };
  return { term, description, parse, repeatable: true, ...fallback };
}

import type { Json } from './side.js';

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list; none of anything else. */
export const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A value as text; nothing is the empty text. */
export const text = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** An object without some of its keys. */
export function without(value: Json, ...keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/**
 * The line on which each object and list of a JSON text begins, by value. The text has to be the one that the value was parsed
 * from.
 */
export function linesOfJson(content: string, value: unknown): WeakMap<object, number> {
  const found = new WeakMap<object, number>();
  // What is open: the value, and in it the key or place that comes next.
  const stack: { value: unknown; key: string | number }[] = [];
  let line = 1;
  let string = '';
  for (const [token] of content.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:\n]/g)) {
    const top = stack.at(-1);
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') {
      const own = top === undefined ? value : (top.value as Json | undefined)?.[top.key as string];
      if (typeof own === 'object' && own !== null) found.set(own, line);
      stack.push({ value: own, key: token === '[' ? 0 : '' });
    } else if (token === '}' || token === ']') stack.pop();
    else if (token === ':' && top !== undefined) top.key = JSON.parse(string) as string;
    else if (token === ',' && typeof top?.key === 'number') top.key += 1;
    else string = token;
  }
  return found;
}

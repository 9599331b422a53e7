import { PICTURE_WIDTH } from './layout.js';
import type { LoadRequest } from './load.js';

/** A request of a page that cannot be understood. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** Pixels; a request for more points than a screen has would only cost time. */
const WIDEST = 8_000;

function pixels(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= WIDEST) return value;
  throw new RequestError(`${name}: found ${JSON.stringify(text)}, expected pixels from 1 to ${WIDEST}`);
}

/**
 * Reads the parameters of a request for a dashboard's data: `from`, `to`, `var-<name>`, `width`, `panels=<id>:<width>,…` and
 * `annotations=<name>`.
 *
 * @throws {RequestError}
 */
export function loadRequest(parameters: URLSearchParams): LoadRequest {
  const panels = new Map<number, number>();
  for (const one of (parameters.get('panels') ?? '').split(',').filter((text) => text !== '')) {
    const [id = '', width = ''] = one.split(':');
    if (!/^\d+$/.test(id)) {
      throw new RequestError(
        `panels: found ${JSON.stringify(one)}, expected an id and a width such as 3:640`,
      );
    }
    panels.set(Number(id), pixels('panels', width));
  }
  const chosen = new Map<string, string[]>();
  for (const [name, value] of parameters) {
    if (!name.startsWith('var-')) continue;
    const variable = name.slice('var-'.length);
    chosen.set(variable, [...(chosen.get(variable) ?? []), value]);
  }
  const moment = (name: 'from' | 'to') => {
    const value = parameters.get(name);
    return value === null ? {} : { [name]: value };
  };
  const annotations = parameters.getAll('annotations').filter((name) => name !== '');
  return {
    ...moment('from'),
    ...moment('to'),
    chosen,
    panels,
    width: pixels('width', parameters.get('width') ?? String(PICTURE_WIDTH)),
    ...(parameters.has('annotations') ? { annotations } : {}),
  };
}

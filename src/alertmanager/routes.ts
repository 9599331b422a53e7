import type { Route } from './config.js';
import { type AlertLabels, type Holds, meetsAll } from './labels.js';

/**
 * The routes that notify of an alert, in the order of the tree: the deepest that match, and the siblings after one that has
 * `continue`.
 */
export function routesFor(root: Route, labels: AlertLabels, holds: Holds): readonly Route[] {
  return matching(root, labels, holds) ?? [];
}

function matching(route: Route, labels: AlertLabels, holds: Holds): readonly Route[] | undefined {
  if (!meetsAll(route.matchers, labels, holds)) return undefined;
  const all: Route[] = [];
  for (const child of route.routes) {
    const found = matching(child, labels, holds);
    all.push(...(found ?? []));
    if (found !== undefined && !child.continues) break;
  }
  return all.length === 0 ? [route] : all;
}

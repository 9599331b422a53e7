import type { Scenario } from '../scenario.js';
import * as fallback from './fallback.js';
import * as gateway from './gateway.js';
import * as leases from './leases.js';
import * as monitoring from './monitoring.js';
import * as pushes from './pushes.js';
import * as workerAway from './worker-away.js';

/** Every scenario; what is exported by a file beside this one is among them, by name: test runners list exports in another order than Node.js. */
export const scenarios: readonly Scenario[] = [
  workerAway,
  pushes,
  leases,
  fallback,
  gateway,
  monitoring,
].flatMap((module: Readonly<Record<string, Scenario>>) =>
  Object.keys(module)
    .sort()
    .map((name) => module[name] as Scenario),
);

import type { Scenario } from '../scenario.js';
import * as fallback from './fallback.js';
import * as gateway from './gateway.js';
import * as leases from './leases.js';
import * as monitoring from './monitoring.js';
import * as pushes from './pushes.js';
import * as workerAway from './worker-away.js';

/** Every scenario; what is exported by a file beside this one is among them. */
export const scenarios: readonly Scenario[] = [
  workerAway,
  pushes,
  leases,
  fallback,
  gateway,
  monitoring,
].flatMap((module): Scenario[] => Object.values(module));

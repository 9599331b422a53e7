import type { Scenario } from '../scenario.js';
import * as fallback from './fallback.js';
import * as gaps from './gaps.js';
import * as gateway from './gateway.js';
import * as lastActs from './last-acts.js';
import * as leases from './leases.js';
import * as lostRegistration from './lost-registration.js';
import * as mixed from './mixed.js';
import * as monitoring from './monitoring.js';
import * as neighbours from './neighbours.js';
import * as pushes from './pushes.js';
import * as quietDays from './quiet-days.js';
import * as spliced from './spliced.js';
import * as unmarked from './unmarked.js';
import * as withoutEscrow from './without-escrow.js';
import * as workerAway from './worker-away.js';

/** Every scenario; what is exported by a file beside this one is among them, by name: test runners list exports in another order than Node.js. */
export const scenarios: readonly Scenario[] = [
  workerAway,
  quietDays,
  lastActs,
  pushes,
  neighbours,
  lostRegistration,
  mixed,
  unmarked,
  leases,
  withoutEscrow,
  fallback,
  gateway,
  monitoring,
  spliced,
  gaps,
].flatMap((module: Readonly<Record<string, Scenario>>) =>
  Object.keys(module)
    .sort()
    .map((name) => module[name] as Scenario),
);

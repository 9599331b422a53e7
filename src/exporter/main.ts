// First, so that signals are handled before the rest is loaded.
import './signals.js';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  // Not just the exit code: timers and connections may be left.
  void import('./run.js').then(async ({ main }) => process.exit(await main(process.argv.slice(2))));
} else {
  // The exporter is one file, so its thread for passwords runs the same one.
  void import('./web/bcrypt.js').then(({ verifyPassword }) => verifyPassword());
}

import { seconds } from '../scenario.js';
import type { Handlers, Stage } from './stage.js';

/** Puts relays into a set of every worker that owns them, for as long as the action lasts. */
function mark({ world, relays, lasting }: Stage, set: 'jobs' | 'rotations'): void {
  lasting((on) => {
    for (const relay of relays) {
      for (const worker of world.workersOf(relay)) {
        if (on) worker.faults[set].add(relay.key);
        else worker.faults[set].delete(relay.key);
      }
    }
  });
}

export const workerActions: Handlers<
  | 'worker goes offline'
  | 'worker comes back'
  | 'worker restarts'
  | 'gateway service of the worker restarts'
  | 'worker syncs its metadata'
  | 'jobs fail'
  | 'jobs hang'
  | 'rotations fail'
  | 'writer is rotated by hand'
  | 'pushes are refused'
  | 'cleared pushes are lost'
  | 'worker clock is off'
  | 'state file is torn'
  | 'state file is spliced'
  | 'resync cycles splice the file'
  | 'state file is deleted'
> = {
  'worker goes offline': ({ workers, lasting }, { how = 'network' }) =>
    lasting((away) => {
      for (const { worker } of workers) {
        if (away) worker.leave(how);
        else worker.comeBack();
      }
    }),
  'worker comes back': ({ workers }) => {
    for (const { worker } of workers) worker.comeBack();
  },
  'worker restarts': ({ workers }, { downFor = '5s' }) => {
    for (const { worker } of workers) worker.restart(seconds(downFor));
  },
  'gateway service of the worker restarts': ({ workers }, { downFor = '5s' }) => {
    for (const { worker } of workers) worker.restartService(seconds(downFor));
  },
  'worker syncs its metadata': ({ workers }) => {
    for (const { worker } of workers) worker.register();
  },
  'jobs fail': (stage) => mark(stage, 'jobs'),
  'rotations fail': (stage) => mark(stage, 'rotations'),
  'jobs hang': ({ workers, lasting }) =>
    lasting((on) => {
      for (const { worker } of workers) worker.faults.hangs = on;
    }),
  'writer is rotated by hand': ({ world, relays }) => {
    for (const relay of relays) for (const worker of world.workersOf(relay)) worker.rotateByHand(relay);
  },
  'pushes are refused': ({ workers, lasting }) =>
    lasting((on) => {
      for (const { worker } of workers) worker.faults.refusesPushes = on;
    }),
  'cleared pushes are lost': ({ workers, lasting }) =>
    lasting((on) => {
      for (const { worker } of workers) worker.faults.losesClearedPushes = on;
    }),
  'worker clock is off': ({ workers, lasting }, { by, slow }) => {
    const offset = seconds(by) * 1000 * (slow === true ? -1 : 1);
    lasting((on) => {
      for (const { worker } of workers) worker.clockOffsetMs = on ? offset : 0;
    });
  },
  'state file is torn': ({ workers, lasting }) =>
    lasting((on) => {
      for (const { worker } of workers) {
        if (on) worker.file.tear();
        // Only a process that runs writes: the file of a worker that is away stays torn until the worker is back.
        else if (worker.running) worker.file.rewrite();
      }
    }),
  'state file is spliced': ({ workers }) => {
    for (const { worker } of workers) worker.file.splice();
  },
  'resync cycles splice the file': ({ workers, lasting }, { share }) =>
    lasting((on) => {
      for (const { worker } of workers) worker.faults.splices = on ? share : 0;
    }),
  'state file is deleted': ({ workers }) => {
    for (const { worker } of workers) worker.file.remove();
  },
};

import type { Word } from '../../src/model/runbook.js';

/** What the messages and pages presuppose, for a reader who sees the system for the first time. */
export const words: readonly Word[] = [
  {
    word: 'relay',
    meaning: 'The data store of a group of users, named by a key of 64 hexadecimal digits.',
  },
  {
    word: 'worker',
    meaning:
      'A desktop app that owns relays, often on a laptop. It may be away for minutes or overnight, which is normal. "Away" means that no worker of the relay is connected to the gateway.',
  },
  {
    word: 'gateway',
    meaning:
      'The server process that users and workers connect to. While the worker of a relay is away, it serves reads from mirrors and accepts writes. There may be several gateway processes behind one address.',
  },
  {
    word: 'gateway service',
    meaning:
      'A part inside the worker app that connects it to the gateway. It is not the gateway process: a restart of the gateway process drops the pushes and leases of all relays.',
  },
  {
    word: 'mirror, replica, blind peer',
    meaning:
      'A blind peer keeps a copy of a relay, the mirror. It is called replica where the gateway serves users from it. The mirror service is the part of the gateway process that keeps these copies.',
  },
  {
    word: 'pending, ingest, cleared',
    meaning:
      'Writes that the gateway accepted are pending until a worker has taken them over (ingested them). The worker then reports completion, and the relay is cleared. Until then they exist only on the gateway and the mirrors.',
  },
  {
    word: 'push',
    meaning:
      'A message of the gateway to a connected worker: `pending` (there are writes) or `cleared` (they are done). Only a new write starts pushes, and a restart of the gateway process ends them.',
  },
  {
    word: 'registration',
    meaning:
      'What the gateway knows about a relay and its worker. Only a connected worker renews it. It expires after 300 s, and pushes then stop.',
  },
  {
    word: 'queue, job, coordinator, state file',
    meaning:
      'The coordinator in the worker queues one job per relay for which a push arrived, and saves the queue in the state file, `pending-writes-state.json`. The file has two forms; only the snapshot form shows the status of jobs.',
  },
  {
    word: 'exporter',
    meaning:
      'A program on the host of the worker that makes metrics from the state file. Without it, nothing in Prometheus names that host.',
  },
  {
    word: 'escrow lease, deposit, rotation',
    meaning:
      'Permission for the gateway to accept writes for a relay while its worker is away, for 10 minutes. The escrow service grants it from a deposit that the worker made (its package or record), if the escrow policy allows it. After it has ingested the writes, the worker replaces the deposit: a rotation.',
  },
  {
    word: 'observed build, later build',
    meaning:
      'The observed build is the version of gateway and worker that these pages were written for. No metric or response names the build, so assume this one unless the owner of the gateway says otherwise. `gateway-observability verify` shows whether a gateway has the expected metrics.',
  },
  {
    word: 'contract, this bundle',
    meaning:
      'This bundle is the set of rules, dashboards and pages that you are using, generated from a configuration file (`site.yaml` in the examples). The contract is the list of metrics that it expects. For changes, ask the people who maintain that file.',
  },
];

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs';
import { rename, writeFile as write } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/*
 * A writer that rewrites a state file as the worker does: plainly, in place, in bursts, now and then with a second write that overlaps the
 * first. In every version all numbers are made from the version's number, so that a reader can tell whether it saw one version or two.
 */

const START = 1_767_226_200;

/** The relays of a version: their number changes from one version to the next. */
export const relaysOf = (version: number, most: number) => most - (version % 7);

const key = (i: number) => createHash('sha256').update(String(i)).digest('hex');
const keys: string[] = [];

/** The state file of a version. */
export function versionText(version: number, most: number): string {
  const count = relaysOf(version, most);
  while (keys.length < count) keys.push(key(keys.length));
  const time = (START + version) * 1000;
  const notifications = keys.slice(0, count).map((relayKey) => ({
    relayKey,
    state: version % 2 === 0 ? 'pending' : 'cleared',
    reason: 'replica-write',
    types: ['drive'],
    driveIdentifier: relayKey,
    driveVersion: version,
    lease: {
      leaseId: 'lease',
      escrowId: 'escrow',
      expiresAt: time,
      issuedAt: time,
      version,
      status: 'active',
    },
    leaseVersion: version,
    leaseActive: version % 2 === 0,
    peerKey: 'peer',
    updatedAt: time,
    pushId: 'push',
    pendingSince: time,
  }));
  const rotations = [
    {
      rotationId: 'rotation-1',
      relayKey: keys[0],
      status: 'failed',
      attempts: version,
      startedAt: time,
      completedAt: time,
    },
  ];
  return JSON.stringify({ notifications, rotations }, null, 2);
}

/** The version that a scrape shows. */
export const versionOf = (samples: ReadonlyMap<string, number>): number | undefined =>
  [...samples].find(([series]) => series.startsWith('pending_writes_drive_version{'))?.[1];

/** What a scrape shows that is not of one version; empty when all is well. */
export function mixedUp(samples: ReadonlyMap<string, number>, most: number): string[] {
  const wrong: string[] = [];
  let version: number | undefined;
  let relays = 0;
  const is = (series: string, found: number, expected: (version: number) => number) => {
    if (version !== undefined && found !== expected(version)) {
      wrong.push(`${series} is ${found}, expected ${expected(version)} of version ${version}`);
    }
  };
  for (const [series, value] of samples) {
    if (series.startsWith('pending_writes_drive_version{')) {
      version ??= value;
      relays += 1;
      is(series, value, (v) => v);
    }
  }
  for (const [series, value] of samples) {
    const name = series.slice(0, series.indexOf('{'));
    if (name === 'pending_writes_pending') is(series, value, (v) => (v % 2 === 0 ? 1 : 0));
    if (name === 'pending_writes_lease_active') is(series, value, (v) => (v % 2 === 0 ? 1 : 0));
    if (name === 'pending_writes_lease_version') is(series, value, (v) => v);
    if (name === 'pending_writes_rotation_last_attempts') is(series, value, (v) => v);
    if (
      /^pending_writes_(last_update|lease_expiry|lease_issued|pending_since|rotation_last_\w+)_timestamp/.test(
        name,
      )
    ) {
      is(series, value, (v) => START + v);
    }
    if (series === 'pending_writes_relays{state=pending}')
      is(series, value, (v) => (v % 2 === 0 ? relays : 0));
    if (series === 'pending_writes_state_file_relays{}') is(series, value, (v) => relaysOf(v, most));
  }
  if (version === undefined) {
    if (relays > 0 || samples.has('pending_writes_relays{state=pending}'))
      wrong.push('totals without relays');
  } else {
    if (relays !== relaysOf(version, most))
      wrong.push(`${relays} relays, expected ${relaysOf(version, most)}`);
  }
  return wrong;
}

interface WriterOptions {
  readonly path: string;
  readonly relays: number;
  readonly everyMs: number;
  /** Overlapping and half-written versions among the others, as the worker's own. */
  readonly rough: boolean;
}

/** A writer in a process of its own. */
export interface Writer {
  /** The number of versions written so far, or a few less. */
  readonly written: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts a writer; it ends with this process, or when it is stopped. */
export function startWriter(options: WriterOptions): Writer {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  let written = 0;
  child.on('message', (version) => {
    written = Number(version);
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    written: () => {
      if (child.exitCode !== null) throw new Error(`the writer ended with ${child.exitCode}`);
      return written;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      const code = await ended;
      if (code !== 0) throw new Error(`the writer ended with ${code}`);
    },
  };
}

async function run({ path, relays, everyMs, rough }: WriterOptions): Promise<void> {
  for (let version = 1; process.connected; version += 1) {
    const next = performance.now() + everyMs;
    const text = versionText(version, relays);
    if (rough && version % 10 === 3) {
      // The next version begins while this one is being written. They are of different lengths, so that what remains can be a splice.
      const second = versionText(version + 1, relays);
      await Promise.all([
        new Promise<void>((resolve) => writeFile(path, text, () => resolve())),
        new Promise<void>((resolve) => writeFile(path, second, () => resolve())),
      ]);
      version += 1;
      // What overlapping writes leave behind is whatever it is; the worker writes again within milliseconds.
      await write(path, second);
    } else if (rough && version % 10 === 7) {
      // Step by step, as a worker that starts.
      await write(path, JSON.stringify({ notifications: [], rotations: [] }, null, 2).slice(0, -3));
      await write(path, text);
    } else if (rough && version % 50 === 9) {
      await write(`${path}.new`, text);
      await rename(`${path}.new`, path);
    } else {
      await write(path, text);
    }
    // The parent may disconnect at any time; then there is nobody to report to, which is no error.
    if (process.connected) process.send?.(version, undefined, undefined, () => {});
    await sleep(Math.max(0, next - performance.now()));
  }
}

const started = process.argv[1];
if (started !== undefined && started === fileURLToPath(import.meta.url)) {
  await run(JSON.parse(process.argv[2] as string) as WriterOptions);
}

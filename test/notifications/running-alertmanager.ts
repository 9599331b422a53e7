import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMap, isPair, isScalar, parseDocument, visit } from 'yaml';
import { launchAlertmanager, startableAlertmanager } from '../../src/processes/alertmanager.js';
import { findTool } from '../../src/processes/find.js';
import { listenOnLoopback, type ManagedProcess, waitFor } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { PATIENCE_MS } from '../patience.js';
import type { AlertLabels } from './alert-labels.js';

/** What Alertmanager sends to a webhook, as far as the tests read it. */
export interface Notification {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly { readonly status: string; readonly labels: AlertLabels }[];
  readonly truncatedAlerts: number;
}

/** An alert as Alertmanager's API shows it. */
interface ShownAlert {
  readonly fingerprint: string;
  readonly labels: AlertLabels;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** How much faster than the example the copy for tests waits. */
const FASTER = 20;
/** Prometheus sends at most this many alerts in one request. */
const BATCH = 64;

/**
 * The example with the webhooks' address replaced, the other integrations left out, and waits `faster` times as short; nothing else changed.
 * Throws when there is nothing to replace: a test would wait for notifications that go elsewhere.
 */
export function forTests(example: string, receivers: string, faster = FASTER): string {
  const document = parseDocument(example);
  let waits = 0;
  let urls = 0;
  visit(document, {
    Pair(_, pair) {
      if (!isPair(pair) || !isScalar(pair.key)) return;
      // They have no address in a test; the templates have tests of their own.
      if (/^(?:pagerduty|email|slack)_configs$/.test(String(pair.key.value))) return visit.REMOVE;
      if (!isScalar(pair.value)) return;
      const value = String(pair.value.value);
      if (pair.key.value === 'group_wait') {
        pair.value.value = `${Math.round((durationSeconds(value as never) * 1000) / faster)}ms`;
        waits += 1;
      } else if (pair.key.value === 'group_interval') pair.value.value = '1s';
      else if (pair.key.value === 'url') {
        pair.value.value = value.replace(/^http:\/\/127\.0\.0\.1:5001/, receivers);
        if (pair.value.value !== value) urls += 1;
      }
    },
  });
  if (!isMap(document.contents) || waits === 0 || urls === 0) {
    throw new Error(`found ${waits} group_wait and ${urls} receivers in the example, expected some of both`);
  }
  return document.toString();
}

/** A real Alertmanager of our own with a server that takes its notifications. */
export interface RunningAlertmanager {
  /** What arrived so far, in the order of arrival. */
  readonly notifications: readonly Notification[];
  /** Sends alerts as Prometheus does. */
  fire(alerts: readonly AlertLabels[]): Promise<void>;
  /** Waits until an alert is among those of a receiver's firing notifications. */
  untilNotified(receiver: string, labels: AlertLabels): Promise<void>;
  /** Waits until Alertmanager says that `target` is inhibited, and by `source` alone. */
  untilInhibited(target: AlertLabels, source: AlertLabels): Promise<void>;
  /** Whether any notification named the alert. */
  wasNotified(labels: AlertLabels): boolean;
  /** The alerts that are inhibited now, each with one of those that inhibit it: Alertmanager looks no further than the first. */
  inhibited(): Promise<{ readonly target: AlertLabels; readonly source: AlertLabels }[]>;
  stop(): Promise<void>;
}

const same = (a: AlertLabels, b: AlertLabels) =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([label, value]) => b[label] === value);

/** Starts Alertmanager on 127.0.0.1 with a copy of the example whose waits are `faster` times as short; see {@link forTests}. */
export async function startAlertmanager(example: string, faster = FASTER): Promise<RunningAlertmanager> {
  const startable = await startableAlertmanager();
  const notifications: Notification[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      notifications.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Notification);
      response.end();
    });
  });
  await listenOnLoopback(server);
  const files = temporaryFolder('gateway-observability-alertmanager');
  let child: ManagedProcess | undefined;
  const stop = async () => {
    await child?.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    files.remove();
  };
  try {
    const file = join(files.path, 'alertmanager.yml');
    const receivers = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(file, forTests(example, receivers, faster));
    const { alertmanager, url } = await launchAlertmanager(file, startable, (started) => {
      child = started;
    });
    const wait = { timeoutMs: PATIENCE_MS, everyMs: 50, alive: [alertmanager] };

    const wasNotified = (labels: AlertLabels, receiver?: string) =>
      notifications.some(
        (n) =>
          (receiver === undefined || n.receiver === receiver) &&
          n.alerts.some((alert) => alert.status === 'firing' && same(alert.labels, labels)),
      );
    const shown = async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as ShownAlert[];
    return {
      notifications,
      async fire(alerts) {
        for (let i = 0; i < alerts.length; i += BATCH) {
          const response = await fetch(`${url}/api/v2/alerts`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(alerts.slice(i, i + BATCH).map((labels) => ({ labels }))),
          });
          if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
        }
      },
      untilNotified: async (receiver, labels) => {
        await waitFor(() => wasNotified(labels, receiver), {
          what: `${receiver} to be told of ${JSON.stringify(labels)}; so far ${JSON.stringify(notifications)}`,
          ...wait,
        });
      },
      untilInhibited: async (target, source) => {
        await waitFor(
          async () => {
            const alerts = await shown();
            const by = alerts.find((alert) => same(alert.labels, source))?.fingerprint;
            const inhibitedBy = alerts.find((alert) => same(alert.labels, target))?.status.inhibitedBy;
            return by !== undefined && inhibitedBy?.join() === by;
          },
          { what: `${JSON.stringify(target)} to be inhibited by ${JSON.stringify(source)}`, ...wait },
        );
      },
      wasNotified: (labels) => wasNotified(labels),
      inhibited: async () => {
        const alerts = await shown();
        const labelsOf = new Map(alerts.map(({ fingerprint, labels }) => [fingerprint, labels]));
        return alerts.flatMap(({ labels: target, status: { inhibitedBy } }) =>
          inhibitedBy.map((fingerprint) => ({ target, source: labelsOf.get(fingerprint) ?? {} })),
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const run = promisify(execFile);

/** Runs amtool and returns what it prints. Rejects when it ends with another exit code than 0. */
export async function amtool(...args: string[]): Promise<string> {
  const { stdout } = await run(await findTool('amtool'), args);
  return stdout.trim();
}

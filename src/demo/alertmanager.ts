import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Bundle } from '../bundle/bundle.js';
import { launchAlertmanager, startableAlertmanager } from '../processes/alertmanager.js';
import type { ManagedProcess } from '../processes/process.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { renderAlertmanagerExample } from '../renderers/alertmanager/example.js';
import { type NotificationReceiver, startReceiver } from './notifications.js';

interface Integration {
  readonly [key: string]: unknown;
}

interface Receiver {
  readonly name: string;
  readonly slack_configs?: readonly Integration[];
  readonly pagerduty_configs?: readonly Integration[];
  readonly email_configs?: readonly Integration[];
}

/** An Alertmanager with the generated example, and a receiver that shows its notifications. */
export interface RunningNotifications {
  /** Address of Alertmanager. */
  readonly url: string;
  readonly process: ManagedProcess;
  readonly receiver: NotificationReceiver;
  stop(): Promise<void>;
}

/**
 * The example with the addresses of the local receiver in place of those of Slack, PagerDuty and the mail server. Routes, waits, inhibition
 * rules and templates are as they are; the webhooks, which use no templates, are left out.
 */
function withLocalReceiver(
  example: string,
  { url, mailAddress }: Pick<NotificationReceiver, 'url' | 'mailAddress'>,
): string {
  const config = parse(example) as { receivers: readonly Receiver[] };
  return stringify({
    ...config,
    receivers: config.receivers.map(
      ({ name, slack_configs = [], pagerduty_configs = [], email_configs = [] }) => ({
        name,
        slack_configs: slack_configs.map(({ api_url_file: _, ...slack }) => ({
          ...slack,
          api_url: `${url}/slack/${name}`,
        })),
        pagerduty_configs: pagerduty_configs.map(({ routing_key_file: _, ...pagerDuty }) => ({
          ...pagerDuty,
          routing_key: 'demo',
          url: `${url}/pagerduty/${name}`,
        })),
        email_configs: email_configs.map((mail) => ({ ...mail, smarthost: mailAddress, require_tls: false })),
      }),
    ),
  });
}

/**
 * Starts Alertmanager and the receiver on 127.0.0.1.
 *
 * @throws {ToolNotFoundError} where there is no Alertmanager
 */
export async function startNotifications(bundle: Bundle): Promise<RunningNotifications> {
  const startable = await startableAlertmanager();
  const receiver = await startReceiver();
  const files = temporaryFolder('gateway-observability-alertmanager');
  let child: ManagedProcess | undefined;
  const stop = async () => {
    await child?.stop();
    await receiver.stop();
    files.remove();
  };
  try {
    for (const { path, content } of renderAlertmanagerExample(bundle)) {
      const name = path.split('/').at(-1) as string;
      writeFileSync(
        join(files.path, name),
        name.endsWith('.yaml') ? withLocalReceiver(content, receiver) : content,
      );
    }
    const started = await launchAlertmanager(
      join(files.path, 'alertmanager.example.yaml'),
      startable,
      (process) => {
        child = process;
      },
    );
    return { url: started.url, process: started.alertmanager, receiver, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

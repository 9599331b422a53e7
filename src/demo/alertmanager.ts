import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { launchAlertmanager, startableAlertmanager } from '../processes/alertmanager.js';
import type { ManagedProcess } from '../processes/process.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { renderAlertmanagerExample } from '../renderers/alertmanager/example.js';
import { withLocalReceiver } from './local-receivers.js';
import { type NotificationReceiver, startReceiver } from './notifications.js';

/** An Alertmanager with the generated example, and a receiver that shows its notifications. */
export interface RunningNotifications {
  /** Address of Alertmanager. */
  readonly url: string;
  readonly process: ManagedProcess;
  readonly receiver: NotificationReceiver;
  stop(): Promise<void>;
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

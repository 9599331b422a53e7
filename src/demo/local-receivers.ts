import { parse, stringify } from 'yaml';
import type { NotificationReceiver } from './notifications.js';

interface Integration {
  readonly [key: string]: unknown;
}

interface Receiver {
  readonly name: string;
  readonly slack_configs?: readonly Integration[];
  readonly pagerduty_configs?: readonly Integration[];
  readonly email_configs?: readonly Integration[];
}

/**
 * The example with the addresses of the local receiver in place of those of Slack, PagerDuty and the mail server. Routes, waits, inhibition
 * rules and templates are as they are; the webhooks, which use no templates, are left out.
 */
export function withLocalReceiver(
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

/** A message as its recipient gets it, rendered by Alertmanager. */
export interface ReceivedMessage {
  readonly kind: 'Slack' | 'PagerDuty' | 'E-mail';
  /** The receiver of Alertmanager's configuration. */
  readonly receiver: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly title: string;
  readonly text: string;
  /** A colour of CSS. */
  readonly color?: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  /** Of a mail: its page. */
  readonly html?: string;
  /** Counts the messages. */
  readonly number: number;
}

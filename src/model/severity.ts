const OF_THIS_PACKAGE = [
  'pending-writes',
  'push-wait',
  'lease-expiry',
  'replica-fallback',
  'worker-queue',
  'exporter',
  'gateway',
] as const;

/** What the alerts of this package are about. */
export const SIGNALS: readonly string[] = OF_THIS_PACKAGE;

/** What an alert is about: one of {@link SIGNALS}, or another name. Becomes the `signal` label of every alert. */
export type Signal = (typeof OF_THIS_PACKAGE)[number] | (string & Record<never, never>);

/** `critical` pages, `warning` is a ticket, `info` is context and never pages. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What an alert, a recording rule or a panel is about. Becomes the `signal` label of every alert. */
export const SIGNALS = [
  'pending-writes',
  'push-wait',
  'lease-expiry',
  'replica-fallback',
  'worker-queue',
  'exporter',
  'gateway',
] as const;

export type Signal = (typeof SIGNALS)[number];

/** `critical` pages, `warning` is a ticket, `info` is context and never pages. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;

export type Severity = (typeof SEVERITIES)[number];

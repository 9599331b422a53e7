/** Alerts that say a relay is pending and no push reaches its worker: unregistered, refused or forgotten. */
export const NOT_DELIVERED = [
  'GatewayPendingWritesNotPushed',
  'WorkerMissedPendingWrites',
  'GatewayPendingWritesForgotten',
] as const;

/** The whole numbers from `first` up to, not including, `end`. */
export const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i);

/** The jobs a `/metrics` page can belong to. */
export const JOBS = ['gateway', 'exporter', 'escrow'] as const;
export type Job = (typeof JOBS)[number];

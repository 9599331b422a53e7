/**
 * Milliseconds for which a test waits for a condition that comes about in moments on a quiet machine. Long, because nothing is proved by how
 * long it takes: on a busy machine everything may take ten times as long.
 */
export const PATIENCE_MS = 180_000;

/** Flags of a Prometheus that gives up a query no sooner than a test does. */
export const PATIENT_QUERIES = ['--query.timeout=3m'];

/**
 * Shapes in which the same rules and dashboards are written in addition to the usual files, for places that read no others. A site
 * asks for them. Each one writes into the folder of its name.
 */
export const TARGETS = ['kubernetes', 'grafana-provisioning', 'grafana-v2', 'mimir'] as const;

export type Target = (typeof TARGETS)[number];

/** Targets in the order of {@link TARGETS}, each one once. */
export const inOrder = (targets: readonly Target[]): Target[] =>
  TARGETS.filter((target) => targets.includes(target));

/** Grafana evaluates alert rules at multiples of its base interval. Seconds. */
export const GRAFANA_TICK = 10;

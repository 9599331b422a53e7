/** A version of Prometheus that rules are for. */
export interface PrometheusVersion {
  readonly major: number;
  readonly minor: number;
}

/** The newest release that the checks of rule files were compared with. */
export const NEWEST_PROMETHEUS: PrometheusVersion = { major: 3, minor: 16 };

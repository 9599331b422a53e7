import type { Duration } from '../promql/duration.js';
import type { PromqlFragment } from '../promql/template.js';

/** When a measured value is a problem. `src/config` says what each one means, and its range and default. */
export interface Thresholds {
  readonly pendingWrites: {
    readonly infoAfter: Duration;
    readonly warningAfter: Duration;
    readonly criticalAfter: Duration;
    readonly stuckAfter: Duration;
    readonly carryFor: Duration;
    readonly unpushedAfter: Duration;
  };
  readonly pushWait: {
    readonly slowSeconds: number;
    readonly slowShare: number;
    readonly failedShare: number;
  };
  readonly leaseExpiry: {
    readonly expiringWithin: Duration;
    readonly wantedWithin: Duration;
    readonly leaseDuration: Duration;
  };
  readonly replicaFallback: {
    readonly infoAfter: Duration;
    readonly warningAfter: Duration;
    readonly quietAfter: Duration;
    readonly mirrorLagSeconds: number;
  };
  readonly workerQueue: {
    readonly pendingAfter: Duration;
    readonly disagreeAfter: Duration;
  };
  readonly objective: {
    readonly clearedWithin: Duration;
    readonly target: number;
  };
}

/** The part of a site's configuration that definitions may depend on. */
export interface SiteConfig {
  /** Regular expressions that select the jobs. */
  readonly jobs: { readonly gateway: string; readonly exporter: string };
  /** Labels that distinguish one gateway from another. */
  readonly groupBy: readonly string[];
  readonly scrapeInterval: Duration;
  readonly evaluationInterval: Duration;
  readonly rateWindow: Duration;
  readonly workers: { readonly alwaysOn: boolean; readonly exporterRunsWithWorker: boolean };
  readonly escrow: 'on' | 'off';
  readonly thresholds: Thresholds;
}

/**
 * Properties of a site that definitions may use: jobs, labels, intervals and thresholds.
 * Definitions are functions of a site, so that one definition serves every site.
 */
export interface Site {
  readonly config: SiteConfig;
  readonly thresholds: Thresholds;
  /** Label matchers that select the gateway's targets. */
  readonly gateway: PromqlFragment;
  /** Label matchers that select the targets of the exporters beside the workers. */
  readonly exporter: PromqlFragment;
  /**
   * How far a rule that carries a point in time looks for its own last value. It bridges a Prometheus that was down
   * for less than this; it does not bound how long a value is carried, because every evaluation writes it again.
   */
  readonly memory: Duration;
  /**
   * The longest time between two pushes to a worker that is online: a back-off of 5 minutes and 20 % jitter, and
   * two scrapes to see it. No push for longer than this means that no worker is being pushed to.
   */
  readonly pushWindow: Duration;
  /** The window of `rate` and `increase` everywhere. */
  readonly rateWindow: Duration;
  /** A list of labels for `by ()` or `on ()`: the site's own grouping labels, then those given. */
  by(...labels: string[]): PromqlFragment;
  /** A fraction or multiple of a duration, in whole seconds, at least one evaluation interval. */
  times(length: Duration, factor: number): Duration;
}

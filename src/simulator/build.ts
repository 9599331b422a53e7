/** In what builds of the gateway and the worker differ. */
export interface BuildOptions {
  /** Whether the gateway records a worker's first acknowledgement, which feeds the push wait histogram. */
  readonly acknowledgements: 'unrecorded' | 'recorded';
  /** Whether pushes are counted for the whole gateway or by relay. */
  readonly pushCounter: 'whole-gateway' | 'by-relay';
  /**
   * When the expiry gauge is written: `standing`, on issue, release and accepted writes; `refreshed`, on every push
   * attempt and every look for a worker too; `counting-down`, on every scrape.
   */
  readonly expiryGauge: 'standing' | 'refreshed' | 'counting-down';
  /** The expiry gauge after clearing: 0, or a new term as the original procedure expects it. */
  readonly afterClearing: 'zero' | 'new-term';
  /** Whether a lease past its expiry still lets writes through. */
  readonly leaseExpiry: 'ignored' | 'enforced';
  /** Whether policy rejections are counted by their reason. */
  readonly policyReasons: 'unknown' | 'named';
  /** Form of the state file on disk. */
  readonly stateFile: 'persisted' | 'snapshot';
  /** What a job does: `report` completion without ingesting anything, or `ingest` first. No metric shows which. */
  readonly jobs: 'report' | 'ingest';
}

/** The build that docs/system.md describes. */
export const OBSERVED_BUILD: BuildOptions = {
  acknowledgements: 'unrecorded',
  pushCounter: 'whole-gateway',
  expiryGauge: 'standing',
  afterClearing: 'zero',
  leaseExpiry: 'ignored',
  policyReasons: 'unknown',
  stateFile: 'persisted',
  jobs: 'report',
};

/** A later build that behaves as the runbook says. */
export const RUNBOOK_BUILD: BuildOptions = {
  acknowledgements: 'recorded',
  pushCounter: 'by-relay',
  expiryGauge: 'counting-down',
  afterClearing: 'new-term',
  leaseExpiry: 'enforced',
  policyReasons: 'named',
  stateFile: 'persisted',
  jobs: 'ingest',
};

/** How long things take, in seconds. Pairs are the ends of a range. */
export interface Timings {
  /** Waits between pushes; the last one repeats. */
  readonly pushDelays: readonly number[];
  /** Share by which a wait between pushes varies, both ways. */
  readonly pushJitter: number;
  /** How often a gateway looks for a worker when none is online. */
  readonly lookAgain: number;
  readonly lease: number;
  /** How often the gateway checks leases and peers. */
  readonly leaseCheck: number;
  readonly registration: number;
  /** Shorter than the lifetime, so that a worker that is online never loses its registration to a late renewal. */
  readonly registrationRenewal: number;
  /** How long the gateway takes a worker for connected whose host has fallen asleep. */
  readonly deadPeer: number;
  readonly mirrorRebuild: number;
  /** A mirror without activity for this long is inactive. */
  readonly mirrorActive: number;
  /** The policy grants no lease this soon after a healthy peer. */
  readonly peerTimeout: number;
  /** A job, up to its report. */
  readonly resync: readonly [number, number];
  readonly rotation: readonly [number, number];
  /** From the gateway's start to a worker's reconnection. */
  readonly reconnect: readonly [number, number];
  /** Mean lifetime of a client's websocket session. */
  readonly session: number;
}

export const USUAL_TIMINGS: Timings = {
  pushDelays: [30, 60, 120, 240, 300],
  pushJitter: 0.2,
  lookAgain: 15,
  lease: 600,
  leaseCheck: 15,
  registration: 300,
  registrationRenewal: 60,
  deadPeer: 75,
  mirrorRebuild: 30,
  mirrorActive: 600,
  peerTimeout: 45,
  // The jobs of the observed build ingest nothing.
  resync: [0.2, 0.5],
  rotation: [0.2, 0.8],
  reconnect: [1, 6],
  session: 120,
};

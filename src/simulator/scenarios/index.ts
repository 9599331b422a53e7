import type { Scenario } from '../scenario.js';
import { overnightOutage } from './overnight-outage.js';
import { refusedPushes } from './refused-pushes.js';
import { shortOutage } from './short-outage.js';
import { stuckJob } from './stuck-job.js';

/** Every scenario, quiet ones first. */
export const scenarios: readonly Scenario[] = [shortOutage, overnightOutage, stuckJob, refusedPushes];

import {
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastEnd,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import { rotationFailed } from '../../recording-rules/worker-queue.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { exporterRelayMatchers, secondsSince } from '../shared/selectors.js';

const rotationStatus = definePanel({
  id: 23,
  title: 'How did its last rotation end?',
  description:
    'Good: completed, after the resync. Failed: the next fallback may get no lease. completed does not prove a new deposit: look at the registration as well ([confirm the new deposit](runbook:confirm-deposit)).',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`
        max by (instance) (
          ${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}, status="pending"} * 1
            or ${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}, status="completed"} * 2
            or ${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}, status="failed"} * 3
        )
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  mappings: [
    { value: 1, text: 'under way', color: 'light-purple' },
    { value: 2, text: 'completed', color: 'semi-dark-blue' },
    { value: 3, text: 'failed', color: 'dark-red' },
  ],
  noData: 'No rotation of the relay is in a worker’s file, which keeps about a dozen.',
});

const rotationTimes = definePanel({
  id: 24,
  title: 'When did it rotate?',
  description:
    'Good: after the resync, and ended. attempts counts the relay’s rotations, not retries. A failure stays on record for a day, until a completed rotation is seen.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`max(time() - ${pendingWritesRotationLastStart}{${exporterRelayMatchers(site)}})`,
      column: { title: 'begun ago', empty: 'unknown', unit: 's' },
    },
    {
      expr: (site) => promql`max(time() - ${pendingWritesRotationLastEnd}{${exporterRelayMatchers(site)}})`,
      column: { title: 'ended ago', empty: 'under way', unit: 's' },
    },
    {
      expr: (site) => promql`max(${pendingWritesRotationLastAttempts}{${exporterRelayMatchers(site)}})`,
      column: { title: 'rotations', empty: 'unknown', unit: 'none', decimals: 0 },
    },
    {
      expr: (site) => promql`max(${secondsSince(site, rotationFailed)})`,
      column: { title: 'failure last seen', empty: 'none', unit: 's' },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No rotation of the relay is known.',
});

export const rotationRow: RowDefinition = {
  title: 'Did the escrow rotation succeed?',
  panels: [rotationStatus, rotationTimes],
};

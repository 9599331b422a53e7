import {
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastEnd,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { NOT_KNOWN, WORK_COLORS } from '../shared/mappings.js';
import { failureLastSeen, STILL_LISTED } from '../shared/panels.js';
import { exporterRelayMatchers } from '../shared/selectors.js';

const rotationStatus = definePanel({
  id: 23,
  title: 'Last rotation status',
  description:
    'Good: completed, after the resync. Failed: the next fallback may get no lease. completed does not prove a new deposit; check the registration as well ([confirm the new deposit](runbook:confirm-deposit)).',
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
    { value: 1, text: 'in progress', color: WORK_COLORS['in progress'] },
    { value: 2, text: 'completed', color: WORK_COLORS.completed },
    { value: 3, text: 'failed', color: WORK_COLORS.failed },
  ],
  noData: "The workers' files, which keep about a dozen rotations, contain none of this relay.",
});

const rotationTimes = definePanel({
  id: 24,
  title: 'Rotation times',
  description:
    "Good: started after the resync, and ended. The count is the relay's rotations, not retries. A failure is listed for a day, or until a completed rotation is seen.",
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`max(time() - ${pendingWritesRotationLastStart}{${exporterRelayMatchers(site)}})`,
      column: { title: 'since start', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 's' },
    },
    {
      expr: (site) => promql`max(time() - ${pendingWritesRotationLastEnd}{${exporterRelayMatchers(site)}})`,
      column: { title: 'since end', empty: 'in progress', unit: 's' },
    },
    {
      expr: (site) => promql`max(${pendingWritesRotationLastAttempts}{${exporterRelayMatchers(site)}})`,
      column: { title: 'rotations', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 'none', decimals: 0 },
    },
    {
      expr: (site) => promql`max(${failureLastSeen(site)})`,
      column: { title: 'failure last seen', empty: 'none', unit: 's', mappings: STILL_LISTED },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No rotation of the relay is known.',
});

export const rotationRow: RowDefinition = {
  title: 'Check the escrow rotation',
  panels: [rotationStatus, rotationTimes],
};

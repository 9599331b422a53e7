import { defineDashboard } from '../src/model/dashboard.js';
import { duration } from '../src/promql/duration.js';
import { clearRow } from './gateway-relay/clear.js';
import { forcePendingWritesRow } from './gateway-relay/force-pending-writes.js';
import { resyncRow } from './gateway-relay/resync.js';
import { rotationRow } from './gateway-relay/rotation.js';
import { histogramsRow, stateRow } from './gateway-relay/state.js';
import { stuckRow } from './gateway-relay/stuck.js';
import { relaysByUrgency } from './shared/selectors.js';

export const gatewayRelay = defineDashboard({
  uid: 'gateway-relay',
  title: 'Gateway: relay',
  description:
    'One relay on one time axis, in the order of the operator procedure; its first step, the drill, is last.',
  tags: ['gateway-observability'],
  relays: { choose: 'one', query: relaysByUrgency },
  span: duration('6h'),
  rows: [stateRow, resyncRow, stuckRow, rotationRow, clearRow, histogramsRow, forcePendingWritesRow],
});

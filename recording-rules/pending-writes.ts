import { gatewayPendingWrites } from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

const NOTHING_PENDING = 'no relay has pending writes';

/** The pending set: small, so everything that asks about pending relays starts from it. */
export const pending = defineRecordingRule({
  record: 'relay:gateway_pending_writes:max',
  help: 'The pending set: 1 for every relay whose gauge says pending on any gateway process; other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['1'],
  rationale:
    'Several gateway processes may report the same relay, so the maximum counts. The recorded pending set is small: rules that ask about pending relays read it instead of the gauge of every relay.',
  emptyWhen: NOTHING_PENDING,
  expr: (site) => promql`
    max by (${site.by('relay')}) (${gatewayPendingWrites}{${site.gateway}}) == 1
  `,
});

/** Survives the gateway restart that drops the gauge, for a bounded time. */
export const pendingSeen: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_pending_writes:seen_timestamp_seconds',
  help: 'When the relay was last seen pending. Kept for thresholds.pendingWrites.carryFor after its gauge vanished; 0 for one evaluation when the gauge says 0.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 8,
  rationale: 'A gateway restart drops the gauge of a relay that is still pending, until the next write.',
  emptyWhen: NOTHING_PENDING,
  expr: (site) => promql`
    ${pending} * 0 + time()
    or on (${site.by('relay')})
    (
      # the gauge vanished without saying 0: the gateway restarted or is not scraped
      ((last_over_time(${pendingSeen}[${site.memory}]) > 0) > time() - ${durationSeconds(site.thresholds.pendingWrites.carryFor)})
        unless on (${site.by('relay')}) (${gatewayPendingWrites}{${site.gateway}} == 0)
    )
    or on (${site.by('relay')})
    # cleared, or remembered for too long: without this 0 a restart after the clearing would bring it back
    (last_over_time(${pendingSeen}[${site.memory}]) > 0) * 0
  `,
});

/** The age of a pending write: everything that says "for how long" reads it. */
export const pendingStart: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_pending_writes:start_timestamp_seconds',
  help: 'When the relay was first seen pending, kept across gateway restarts; 0 for one evaluation when it was cleared.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 8,
  rationale: 'The age of a pending write has to survive a gateway restart that drops the gauge.',
  emptyWhen: NOTHING_PENDING,
  expr: (site) => promql`
    # a start already known is kept while the relay is pending or remembered
    ((last_over_time(${pendingStart}[${site.memory}]) > 0) and on (${site.by('relay')}) (${pendingSeen} > 0))
    or on (${site.by('relay')})
    # newly pending
    (${pending} * 0 + time())
    or on (${site.by('relay')})
    # cleared: the 0 is a tombstone, or the next pending write would inherit the old start
    (last_over_time(${pendingStart}[${site.memory}]) > 0) * 0
  `,
});

export const pendingCount = defineRecordingRule({
  record: 'gateway:gateway_pending_writes:count',
  help: 'Relays that are pending or remembered as pending; 0 while a gateway is scraped and none is.',
  unit: 'relays',
  labels: [],
  runbookSteps: ['1'],
  rationale: '0 means measured and idle; absent means not measured.',
  expr: (site) => promql`
    count by (${site.by()}) (${pendingStart} > 0)
    or on (${site.by()})
    # 0 says "measured and idle"; absent says "not measured"
    group by (${site.by()}) (${up}{${site.gateway}} == 1) * 0
  `,
});

export const clearedCount = defineRecordingRule({
  record: 'gateway:gateway_pending_writes_cleared:count',
  help: 'Relays whose pending writes were cleared since the previous evaluation.',
  unit: 'relays',
  labels: [],
  runbookSteps: ['6'],
  rationale: '0 means that no relay was cleared; absent means not measured.',
  expr: (site) => promql`
    count by (${site.by()}) (${pendingStart} == 0)
    or on (${site.by()})
    group by (${site.by()}) (${up}{${site.gateway}} == 1) * 0
  `,
});

export const pendingWritesRules: readonly RecordingRuleDefinition[] = [
  pending,
  pendingSeen,
  pendingStart,
  pendingCount,
  clearedCount,
];

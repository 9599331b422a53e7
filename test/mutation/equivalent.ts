/** Mutants that no test can tell from the rule, with the reason why. */
export interface Equivalent {
  readonly rule: RegExp;
  readonly what: RegExp;
  readonly reason: string;
}

const CARRIED =
  'A rule that carries a value writes it again at every evaluation, or ends it with a tombstone; how far it looks back only matters while Prometheus does not evaluate.';

/** At most one mutant in twenty may be matched here. Entries that match no mutant, and those that a test does tell apart, fail the gate. */
export const equivalents: readonly Equivalent[] = [
  {
    rule: /^(?!instance_relay:pending_writes_rotation_failed:).*:(seen_timestamp_seconds|start_timestamp_seconds|timestamp_seconds|last)$/,
    what: /^window: .*(seen_timestamp_seconds|start_timestamp_seconds|expiry:timestamp_seconds|expiry_seconds:last|activity:timestamp_seconds|failed:timestamp_seconds|ot_marked:timestamp_seconds)\[ \[1h1ms → (2h|30m)\]/,
    reason: CARRIED,
  },
  {
    // How far it looks back for the other rule does matter.
    rule: /^instance_relay:pending_writes_rotation_failed:start_timestamp_seconds$/,
    what: /^window: …led:start_timestamp_seconds\[ \[1h1ms → (2h|30m)\]/,
    reason: CARRIED,
  },
  {
    rule: /^((gateway|result|relay|relay_result):.*:increase|relay:gateway_pending_writes_delivered:start_timestamp_seconds|GatewayPushesNotIngested)$/,
    what: /^matcher dropped: (?!…nding_write_pushes:increase\{).*\(2\)$/,
    reason:
      'The selector after unless can only remove series that the selector before it yields, and those carry the label already.',
  },
  {
    rule: /^instance(_relay)?:(?!pending_writes_(clock_offset|rotation_failed|state_file_written):)/,
    what: /^aggregation: .*\[max → (min|sum)\]/,
    reason: 'A process has one series, or one a relay; max only drops the label job.',
  },
  {
    rule: /^instance:pending_writes_clock_offset:seconds$/,
    what: /^matcher dropped: …good_read_timestamp_seconds\{ \[job="pending-writes-exporter" → \]( \(2\))?$/,
    reason:
      'The time of the read and its timestamp are subtracted label by label, so each of the two matchers does the work of both.',
  },
  {
    rule: /^instance:pending_writes_clock_offset:seconds$/,
    what: /^window: .*\[ \[1h1ms → 2h\]$/,
    reason:
      'Both ranges are as long as the memory, so neither finds anything further back without the other.',
  },
  {
    rule: /^instance:pending_writes_clock_offset:seconds$/,
    what: /^window: .* offset \[30s → 15s\]$/,
    reason: 'Scrapes are 30 s apart, so what is found 15 s ago is the sample of 30 s ago.',
  },
  {
    rule: /^instance_relay:pending_writes_pending_last_seen:max$/,
    what: /^function: …deletion would bring it back \[last_over_time → count_over_time\]$/,
    reason: 'Whatever the function makes of the samples, it is multiplied by 0.',
  },
  {
    rule: /^GatewayPushesNotIngested$/,
    what: /^window: …e_written:timestamp_seconds\[ \[1h1ms → 2h\]$/,
    reason: 'A file that was written within the hour was seen within the hour.',
  },
  {
    rule: /^instance_relay:pending_writes_update:timestamp_seconds$/,
    what: /^window: …date:host_timestamp_seconds\[ \[1h1ms → 2h\]$/,
    reason: 'What is kept is as far back at the most as the first range goes.',
  },
  {
    rule: /^(instance_relay:pending_writes_update:timestamp_seconds|relay:gateway_pending_writes_delivered:start_timestamp_seconds)$/,
    what: /^window: .* offset \[30s → 15s\]$/,
    reason: 'Evaluations are 30 s apart, so what is found 15 s ago is the record of 30 s ago.',
  },
  {
    rule: /^relay:gateway_escrow_lease_expiry:timestamp_seconds$/,
    what: /^aggregation: … ?was lost unless on \(relay\) \( \[max → sum\]$/,
    reason: 'Of zeros and ones, the sum is 0 exactly when the maximum is.',
  },
  {
    rule: /^instance_relay:gateway_escrow_lease_expiry/,
    what: /^comparator: …xpiry_seconds\{job="gateway"\} \[> → >=\] \(2\)$/,
    reason: 'After unless, a gauge of 0 can remove nothing, because the side before it has none.',
  },
  {
    rule: /^relay:gateway_relay_fallback_writes_(accepted|readonly):increase$/,
    what: /^(comparator: …, result="\w+"\}\[\dm1ms\]\) \[> → >=\]|number: …result="\w+"\}\[\dm1ms\]\) > \[0 → 1\])$/,
    reason:
      'increase() extrapolates, so one event is an increase of more than 1; series without any add 0, and a sum of 0 is left out.',
  },
  {
    rule: /^relay:gateway_pending_writes:max$/,
    what: /^aggregation: .*\[max → min\]$/,
    reason: 'Only series with the value 1 are aggregated.',
  },
  {
    rule: /^instance:pending_writes_state_file_written:timestamp_seconds$/,
    what: /^comparator: …en:timestamp_seconds\[1h1ms\]\) \[> → >=\]$/,
    reason: 'Of two times that are equal it does not matter which one is kept.',
  },
  {
    rule: /^instance:pending_writes_state_file_written:timestamp_seconds$/,
    what: /^comparator: …_writes_clock_offset:seconds \[<= → <\]$/,
    reason:
      'This one stands in the comparison with the time known before, which was not later than an earlier evaluation; a time of this moment is never before it.',
  },
  {
    rule: /^instance_relay:pending_writes_pending_last_seen:max$/,
    what: /^offset: …file was deleted \( \( \[instance_relay:pending_writes_pending_last_seen:max offset 3|^window: …pending_last_seen:max offset \[30s → 15s\]$/,
    reason:
      'The rule reads its own past here: until it has been evaluated, its newest sample is that of the previous evaluation.',
  },
  {
    rule: /^instance_relay:pending_writes_pending_last_seen:max$/,
    what: /^label dropped: …_seen:max offset 30s or on \( \[instance, → \]$/,
    reason:
      'All instances of a relay are recorded from the same evaluation on, so a relay that is known from before is known for each of them.',
  },
  {
    rule: /^relay:gateway_pending_writes_delivered:max$/,
    what: /^label dropped: …ending:max == 1\) \) \) or on \( \[relay → \]$/,
    reason: 'The right side is empty as soon as pushes are labelled by relay, so the two sides never meet.',
  },
  {
    rule: /^relay:gateway_pending_writes:start_timestamp_seconds$/,
    what: /^offset: …> on \(relay\) last_over_time\( \[relay:gateway_pending_writes:start_timestamp_seconds\[1h1ms\]/,
    reason:
      'The rule reads its own past here, and nothing of the present is there before it has been evaluated. The rule of the time last seen needs the offset in the same text.',
  },
  {
    rule: /^instance:pending_writes_queue_progress:group$/,
    what: /^window: …(ate:timestamp_seconds|ng_writes_pending:max) offset \[30s → 15s\]$/,
    reason: 'Recorded series have a sample every 30 s, so what is found 15 s ago is the sample of 30 s ago.',
  },
  {
    rule: /^PendingWritesStateFileUnreadable$/,
    what: /^(matcher dropped: …tes_state_file_read_(success|failure)\{ \[job="pending-writes-exporter" → \]|label dropped: .* on \( \[job, → \]$)/,
    reason:
      'The sides are matched by job and instance or by all labels, and all selectors name one job, so each of these does the work of the others.',
  },
  {
    rule: /^GatewayPendingWritesNotPushed$/,
    what: /^matcher dropped: …nding_write_pushes:increase\{ \[result="error" → \]$/,
    reason: 'A relay with a successful push is left out two lines below, so only errors are left to count.',
  },
  {
    rule: /^(GatewayEscrowLeaseExpiredWritesWanted|relay:gateway_relay_phase:code)$/,
    what: /^matcher dropped: …scrow_unlock_requests_total\{ \[job="gateway" → \]( \(2\))?$/,
    reason:
      'Both counts stand after unless, which can only remove series that the selector before it yields, and those carry the label already.',
  },
  {
    rule: /^relay:gateway_writes_not_marked:timestamp_seconds$/,
    what: /^matcher dropped: .* unless \(up\{ \[job="gateway" → \]$/,
    reason:
      'The selector after unless can only remove series that the selector before it yields, and those carry the label already.',
  },
  {
    rule: /^GatewayFallbackOnStaleMirror$/,
    what: /^aggregation: … \[max → (min|sum)\]/,
    reason:
      'An identifier is one relay, so there is one series a relay; max only drops the label identifier.',
  },
  {
    rule: /^GatewayMirrorServiceDown$/,
    what: /^aggregation: .*\[max → sum\]/,
    reason: 'Of zeros and ones, the sum is 0 exactly when the maximum is.',
  },
];

/** Why a mutant counts as equivalent; `undefined` where it does not. */
export function reasonFor(rule: string, what: string): string | undefined {
  return equivalents.find((entry) => entry.rule.test(rule) && entry.what.test(what))?.reason;
}

import type { RuleObject } from '../../src/renderers/prometheus/rules.js';

/** A wrong rule, and what the search must say of it. */
export interface Planted {
  readonly name: string;
  /** The alert or recording rule that is changed. */
  readonly rule: string;
  readonly change: (rule: RuleObject) => RuleObject;
  /** The sites whose rules have the part that is changed; all of them where absent. */
  readonly sites?: readonly string[];
}

/** Replaces text in a rule's expression. Throws where it is not there, so that a changed rule cannot make a plant do nothing. */
const replaced = (rule: RuleObject, what: RegExp, by: string): RuleObject => {
  const expr = rule.expr.replace(what, by);
  if (expr === rule.expr) throw new Error(`${rule.alert ?? rule.record}: ${what} is not in its expression`);
  return { ...rule, expr };
};

const inExpression = (
  name: string,
  rule: string,
  what: RegExp,
  by: string,
  sites?: readonly string[],
): Planted => ({
  name,
  rule,
  change: (one) => replaced(one, what, by),
  ...(sites === undefined ? {} : { sites }),
});

/** Sites that do not declare their workers always on. */
const UNDECLARED = ['default', 'minutely', 'short thresholds'];

/** Ten faults of rules that came up in reviews of this bundle, or could have. */
export const planted: readonly Planted[] = [
  inExpression(
    'activity before the pending write counts as evidence',
    'WorkerMissedPendingWrites',
    /relay:pending_writes_worker_activity:timestamp_seconds > on \([^)]*\) relay:gateway_pending_writes:start_timestamp_seconds \+ \d+/,
    'relay:pending_writes_worker_activity:timestamp_seconds > 0',
    UNDECLARED,
  ),
  {
    name: 'a time to wait that is shorter than the window it reads',
    rule: 'GatewayWritesTurnedAway',
    change: (rule) => ({ ...rule, for: '1m' }),
  },
  inExpression(
    'pushes of other relays mask a relay that is not pushed to',
    'GatewayPendingWritesNotPushed',
    /unless on \([^)]*\) \(relay_result:gateway_pending_write_pushes:increase\{result="success"\} > 0\)/,
    'unless on () (sum(result:gateway_pending_write_pushes:increase{result="success"}) > 0)',
  ),
  inExpression(
    'accepted writes are taken for rejected ones',
    'relay:gateway_relay_fallback_writes_readonly:increase',
    /result="readonly"/g,
    'result="accepted"',
  ),
  inExpression(
    'a relay is called stuck a minute after its worker was notified',
    'relay:gateway_pending_writes_stuck:max',
    /> \d+\) \* 0 \+ 1/,
    '> 60) * 0 + 1',
  ),
  {
    name: 'the age of a pending write begins anew with every evaluation',
    rule: 'relay:gateway_pending_writes:start_timestamp_seconds',
    change: (rule) => ({ ...rule, expr: 'relay:gateway_pending_writes:max * 0 + time()' }),
  },
  inExpression(
    'a cleared relay keeps its start, because the tombstone is missing',
    'relay:gateway_pending_writes:seen_timestamp_seconds',
    /unless on \([^)]*\) \(gateway_pending_writes\{[^}]*\} == 0\)/,
    '',
  ),
  {
    name: 'a gateway that does not answer is reported after an hour',
    rule: 'GatewayDown',
    change: (rule) => ({ ...rule, for: '1h' }),
  },
  inExpression(
    'an orphaned relay is compared with the gauge of any other relay',
    'WorkerPendingWritesOrphaned',
    /unless on \([^)]*\) \(relay:gateway_pending_writes:start_timestamp_seconds > 0\)/,
    'unless on () (count(relay:gateway_pending_writes:start_timestamp_seconds) > 1000)',
  ),
  inExpression(
    'a failed rotation is forgotten at once',
    'relay:pending_writes_rotation_failed:timestamp_seconds',
    // All but what is seen now.
    /\s*or on \([^)]*\)[\s\S]*$/,
    '',
  ),
];

/** The rules of a bundle with one of the faults. */
export const plantOf =
  ({ rule, change }: Planted) =>
  (one: RuleObject): RuleObject =>
    (one.alert ?? one.record) === rule ? change(one) : one;

import { pendingWritesPending } from '../../metrics/exporter.js';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { alerts, alertsForState } from '../../metrics/prometheus.js';
import { leaseExpiry, leaseGaugeSeen } from '../../recording-rules/lease-expiry.js';
import { pending, pendingCount, pendingStart } from '../../recording-rules/pending-writes.js';
import { PHASES, phase } from '../../recording-rules/phase.js';
import { acceptedWrites, writesTurnedAway } from '../../recording-rules/replica-fallback.js';
import type { RecordingRuleDefinition } from '../../src/model/rules.js';
import type { Severity } from '../../src/model/severity.js';
import type { Site } from '../../src/model/site.js';
import { chosen, chosenOrNone } from '../../src/promql/dashboard-matchers.js';
import { type Duration, durationSeconds } from '../../src/promql/duration.js';
import { type Promql, PromqlFragment, promql } from '../../src/promql/template.js';

/** How many lines a panel shows of as many relays as there may be. */
const WORST = 20;

const matchers = (...parts: readonly string[]) => new PromqlFragment(parts.join(', '));
const variableMatchers = (site: Site) => site.config.groupBy.map(chosen);

/** Matchers on the dashboard's variables, for series by relay. */
export const relayMatchers = (site: Site) => matchers(...variableMatchers(site), chosen('relay'));

/** Matchers on the dashboard's variables, for recorded series without a relay. */
export const siteMatchers = (site: Site, ...more: readonly string[]) =>
  matchers(...variableMatchers(site), ...more);

/** Matchers on the dashboard's variables, for what a gateway process exposes. */
export const gatewayMatchers = (site: Site) =>
  matchers(chosen('job'), chosen('instance'), ...variableMatchers(site));

/** Matchers for what is firing at the chosen site. */
const firingAlertMatchers = (site: Site, ...more: readonly string[]) =>
  matchers('alertstate="firing"', 'signal!=""', ...site.config.groupBy.map(chosenOrNone), ...more);

/** The alerts that fire, by the labels given: 3 critical, 2 warning, 1 info. At most a screenful, most severe first. */
export const urgencyOfAlerts = (site: Site, by: PromqlFragment, ...more: readonly string[]): Promql => {
  const of = (severity: Severity) => promql`
    max by (${by}) (
      ${alerts}{${firingAlertMatchers(site, `severity="${severity}"`, ...more)}}
    )
  `;
  return promql`topk(50, ${of('critical')} * 3 or ${of('warning')} * 2 or ${of('info')})`;
};

/** How many alerts of a severity fire: 0 if rules have results and none fires, absent if there are no results. */
export const firingCount = (site: Site, severity: Severity): Promql => promql`
  count(${alerts}{${firingAlertMatchers(site, `severity="${severity}"`)}})
    or on () max(${alerts}{${firingAlertMatchers(site)}}) * 0
    or on () max(${pendingCount}{${siteMatchers(site)}}) * 0
`;

/** For how long the conditions of the alerts that fire have held, in seconds, by the labels given. */
export const firingSince = (site: Site, by: PromqlFragment, ...more: readonly string[]): Promql => {
  const matching = matchers('signal!=""', ...site.config.groupBy.map(chosenOrNone), ...more);
  return promql`
    max by (${by}) (time() - ${alertsForState}{${matching}})
      and on (${by}) ${alerts}{${firingAlertMatchers(site, ...more)}}
  `;
};

/** The same, of the chosen relays. */
export const gatewayRelayMatchers = (site: Site) => matchers(gatewayMatchers(site).text, chosen('relay'));

/** Matchers for the exporters beside the workers. */
export const exporterMatchers = (site: Site) => matchers(site.exporter.text, ...variableMatchers(site));

/** The same, of the chosen relays. */
export const exporterRelayMatchers = (site: Site) => matchers(exporterMatchers(site).text, chosen('relay'));

/** A recorded series by relay, of the chosen relays. */
export const recorded = (site: Site, series: RecordingRuleDefinition): Promql =>
  promql`${series}{${relayMatchers(site)}}`;

/**
 * A recorded series of the relays for which it was present longest in the selected time range. Chosen once for the whole panel: a plain `topk`
 * chooses again at each step, and the panel would show more lines than its description says. Calculate with the result, not with the argument:
 * it has twenty relays instead of all busy ones.
 */
export const longestPresent = (site: Site, series: RecordingRuleDefinition): Promql => promql`
  ${recorded(site, series)}
    and on (${site.by('relay')}) topk(${WORST}, count_over_time(${recorded(site, series)}[$__range] @ end()))
`;

/** A recorded point in time of the relays whose point comes first, at the end of the time shown. */
export const endingFirst = (site: Site, ends: RecordingRuleDefinition): Promql => promql`
  ${recorded(site, ends)}
    and on (${site.by('relay')}) bottomk(${WORST}, ${recorded(site, ends)} @ end())
`;

/** Longer, in seconds, than anything is pending or firing: what it multiplies comes first in an order. */
const FIRST = 1e9;

/** Alerts about the chosen relays, not those about all of them. */
const OF_RELAYS = [chosen('relay'), 'relay!=""'] as const;

/**
 * Relays in the order in which they need attention: by the highest urgency of their firing alerts, then by the time for which they have been
 * pending, or their alerts active. A relay that is stuck, blocked or unknown without an alert to act on comes before those with information
 * only; a relay with neither is in the order if it is pending.
 */
export const relaysByNeed = (site: Site, most: number): Promql => {
  const by = site.by('relay');
  const urgency = urgencyOfAlerts(site, by, ...OF_RELAYS);
  const needy = promql`(${recorded(site, phase)} >= ${PHASES.stuck}) * 0 + ${1.5 * FIRST}`;
  const level = promql`(${urgency} > 1) * ${FIRST} or on (${by}) ${needy} or on (${by}) ${urgency} * ${FIRST}`;
  const pendingFor = secondsSince(site, pendingStart);
  const age = promql`${pendingFor} or on (${by}) ${firingSince(site, by, ...OF_RELAYS)}`;
  return promql`
    topk(${most}, max by (${by}) ((${level}) + on (${by}) (${age}) or on (${by}) (${level}) or on (${by}) ${pendingFor}))
  `;
};

/** The most urgent firing alert of each relay, of several the one that has been active longest: its urgency, with its name as a label. */
export const mostUrgentAlert = (site: Site): Promql => {
  const byAlert = site.by('alertname', 'relay');
  const urgency = urgencyOfAlerts(site, byAlert, ...OF_RELAYS);
  return promql`
    ${urgency}
      and on (${byAlert}) topk by (${site.by('relay')}) (1,
        ${urgency} * ${FIRST} + on (${byAlert}) ${firingSince(site, byAlert, ...OF_RELAYS)}
          or on (${byAlert}) ${urgency} * ${FIRST}
      )
  `;
};

/** A count, or 0 where something is measured and there is none; absent where nothing is measured. */
export const orZero = (site: Site, count: Promql): Promql =>
  promql`${count} or on () max(${pendingCount}{${siteMatchers(site)}}) * 0`;

/** Seconds until points in time; negative once they have passed. */
export const secondsUntil = (ends: Promql): Promql => promql`${ends} - time()`;

/** Seconds until a relay's lease ends; negative past its expiry. */
export const leaseTimeLeft = (site: Site): Promql => secondsUntil(recorded(site, leaseExpiry));

/** Stands for the time left of a lease that expired more than an hour ago: below all that is recorded. */
export const LONG_EXPIRED = -1e8;

/** Stands for the time left of a relay that the gateway reports and that has no lease: above all that is recorded. */
export const NO_LEASE = 1e9;

/** The leases of the chosen relays that the gateway reports as active. The recorded series has these only; the gauge itself has every relay. */
const activeLeases = (site: Site): Promql => {
  const chosenOnes = matchers(chosen('instance'), relayMatchers(site).text);
  return promql`${leaseGaugeSeen}{${chosenOnes}}`;
};

/**
 * {@link leaseTimeLeft}, also of leases that expired more than an hour ago, which are no longer recorded, while the gateway still reports them as active: those
 * have {@link LONG_EXPIRED} seconds left. Active an hour earlier as well: of a lease seen for the first time, it is not known when it expired.
 */
export const leaseTimeLeftOrLongExpired = (site: Site): Promql => promql`
  ${leaseTimeLeft(site)}
    or on (${site.by('relay')}) (
      (
        max by (${site.by('relay')}) (${activeLeases(site)} >= 0)
          and on (${site.by('relay')}) (${activeLeases(site)} offset 1h >= 0)
          unless on (${site.by('relay')}) ${recorded(site, leaseExpiry)}
      ) * 0 + ${LONG_EXPIRED}
    )
`;

/**
 * Leases that expired more than an hour ago while the gateway still reports them as active, at the end of the time shown, at most a screenful;
 * 1 for each. Chosen first, because there are few: the rest is then calculated for those only.
 */
export const longExpiredLeases = (site: Site): Promql => {
  const active = activeLeases(site);
  const expiry = recorded(site, leaseExpiry);
  const by = site.by('relay');
  return promql`
    max by (${by}) (
      (
        ${active}
          and on (${by}) topk(${WORST}, ${active} @ end() >= 0 unless on (${by}) ${expiry} @ end())
          and on (${by}) (${active} offset 1h >= 0)
          unless on (${by}) ${expiry}
      ) >= 0
    ) * 0 + 1
  `;
};

/** What the gateway reports for the chosen relays as pending or not; absent for a relay that it does not know, as after a restart. */
const reported = (site: Site): Promql => promql`${gatewayPendingWrites}{${gatewayRelayMatchers(site)}}`;

/** A time or state of a single relay, or 0 if the gateway reports the relay as not pending; absent where neither is known. */
export const orZeroIfClear = (site: Site, value: Promql): Promql =>
  promql`${value} or on () max(${reported(site)} == 0) * 0`;

/** Of a single relay: a number where the gateway reports it, absent where it does not. */
export const whereReported = (site: Site, number: number): Promql =>
  promql`max(${reported(site)}) * 0 + ${number}`;

/** The phase of each relay; that of a relay that has not been busy for an hour is not recorded: idle if the gateway reports it as not pending. */
export const phaseOrIdle = (site: Site): Promql => {
  const by = site.by('relay');
  return promql`
    max by (${by}) (${recorded(site, phase)})
      or on (${by}) max by (${by}) (${reported(site)} == 0) * 0 + ${PHASES.idle}
  `;
};

/** A rate per minute, of one per second: a fault shows as a few per hour. */
export const perMinute = (rate: Promql): Promql => promql`${rate} * 60`;

/** A count within a window, as the mean per minute: windows differ, and readers compare. */
export const perMinuteOf = (count: Promql, window: Duration): Promql =>
  promql`${count} / ${durationSeconds(window) / 60}`;

/** Writes to relays without a worker, per minute: accepted ones, or rejected ones where none is accepted. */
export const writeAttempts = (site: Site): Promql => promql`
  ${perMinuteOf(recorded(site, acceptedWrites), site.thresholds.leaseExpiry.wantedWithin)}
    or on (${site.by('relay')}) ${perMinuteOf(recorded(site, writesTurnedAway), site.rateWindow)}
`;

/** A time in seconds in the unit of an axis. */
export const inUnit = (time: Promql, { seconds }: { readonly seconds: number }): Promql =>
  promql`${time} / ${seconds}`;

/** Seconds since points in time; 0 is a tombstone, not the year 1970. */
export const elapsed = (starts: Promql): Promql => promql`time() - (${starts} > 0)`;

/** Seconds since a recorded point in time. */
export const secondsSince = (site: Site, start: RecordingRuleDefinition): Promql =>
  elapsed(recorded(site, start));

/**
 * All relays that the gateway or a worker knows, those that are pending or not idle first, because no one scrolls through 10,000. Grafana keeps the
 * order of the result and searches in it.
 */
export const relaysByUrgency = (site: Site): Promql => {
  const by = site.by('relay');
  return promql`
    sort_desc(
      max by (relay) (
        ${phase}{${siteMatchers(site)}} + 1
          or on (${by}) ${pending}{${siteMatchers(site)}}
          or on (${by}) ${gatewayPendingWrites}{${matchers(site.gateway.text, ...variableMatchers(site))}} * 0
          or on (${by}) ${pendingWritesPending}{${exporterMatchers(site)}} * 0
      )
    )
  `;
};

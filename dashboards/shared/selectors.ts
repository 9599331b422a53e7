import { pendingWritesPending } from '../../metrics/exporter.js';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { pending, pendingCount } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import type { RecordingRuleDefinition } from '../../src/model/rules.js';
import type { Site } from '../../src/model/site.js';
import { chosen, chosenOrNone } from '../../src/promql/dashboard-matchers.js';
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
export const firingAlertMatchers = (site: Site, ...more: readonly string[]) =>
  matchers('alertstate="firing"', 'signal!=""', ...site.config.groupBy.map(chosenOrNone), ...more);

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
 * Keeps the relays of `values` for which `rank` was present longest in the selected time range. Chosen once for the whole panel: a plain `topk`
 * chooses again at each step, and the panel would show more lines than its description says.
 */
export const longestPresent = (site: Site, values: Promql, rank: RecordingRuleDefinition): Promql => promql`
  ${values}
    and on (${site.by('relay')}) topk(${WORST}, count_over_time(${recorded(site, rank)}[$__range] @ end()))
`;

/** Keeps the relays of `values` whose point in time comes first, at the end of the time shown. */
export const endingFirst = (site: Site, values: Promql, ends: RecordingRuleDefinition): Promql => promql`
  ${values}
    and on (${site.by('relay')}) bottomk(${WORST}, ${recorded(site, ends)} @ end())
`;

/** A count, or 0 where something is measured and there is none; absent where nothing is measured. */
export const orZero = (site: Site, count: Promql): Promql =>
  promql`${count} or on () max(${pendingCount}{${siteMatchers(site)}}) * 0`;

/** Seconds until a relay's lease ends; negative past its expiry. */
export const leaseTimeLeft = (site: Site): Promql => promql`${recorded(site, leaseExpiry)} - time()`;

/** Seconds since a recorded point in time; 0 is a tombstone, not the year 1970. */
export const secondsSince = (site: Site, start: RecordingRuleDefinition): Promql =>
  promql`time() - (${recorded(site, start)} > 0)`;

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
          or on (${by}) ${gatewayPendingWrites}{${gatewayMatchers(site)}} * 0
          or on (${by}) ${pendingWritesPending}{${exporterMatchers(site)}} * 0
      )
    )
  `;
};

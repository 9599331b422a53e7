import { gatewayEscrowLeaseTimeToExpiry } from '../../metrics/gateway.js';
import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { pending } from '../../recording-rules/pending-writes.js';
import { unlockRequests, wantedWrites } from '../../recording-rules/replica-fallback.js';
import type { PageContext, PageStep, RunbookPages } from '../../src/model/runbook.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { promql } from '../../src/promql/template.js';
import { queryLeasesCommand, requestLeaseCommand } from './commands.js';
import { bringBack, hostStep, pendingSinceStep, requestSteps, WHERE_FROM } from './queries.js';

const remaining: PageStep = {
  text: 'Seconds until the lease expires; negative after the expiry. The value comes from a recording rule, because the gauge of the gateway does not count down.',
  query: promql`${leaseExpiry}{relay="$RELAY"} - time()`,
};
const wanted = (mayBeEmpty?: true): PageStep => ({
  text: 'Are users writing to the relay? Writes in the last few minutes.',
  query: promql`${wantedWrites}{relay="$RELAY"}`,
  ...(mayBeEmpty === undefined ? {} : { mayBeEmpty }),
});
const certain: PageStep = {
  text: 'Which lease does the gateway hold? Trust this over the metrics, which miss a renewal that leaves the gauge unchanged. `expiresAt` is the time in milliseconds since the epoch; a lease is current if that is in the future and `releasedAt` is empty. Nothing but `HTTP 200`: the process that answered holds no lease for the relay.',
  command: queryLeasesCommand,
};
const request = ({ step }: PageContext): PageStep => ({
  text: `${step('request-lease')}. ${WHERE_FROM} With several gateway processes, its last two queries show which one to ask.`,
  command: requestLeaseCommand,
});
const who: PageStep = {
  text: 'Which other relays? The ten pending relays whose leases expire next or have expired.',
  query: promql`bottomk(10, (${leaseExpiry} - time()) and on (relay) ${pending})`,
};

export const leaseExpiryPages: RunbookPages = {
  GatewayEscrowLeaseExpiring: (context) => ({
    firesWhen: `the relay is pending and its lease expires within ${context.site.thresholds.leaseExpiry.expiringWithin} (\`thresholds.leaseExpiry.expiringWithin\`) and one scrape interval`,
    urgency: 'None, unless users are still writing to the relay.',
    meaning:
      'The escrow lease of a pending relay is about to expire. Leases are not renewed automatically. The lease may expire up to one scrape interval earlier than the alert states.',
    impact: 'Accepted writes are kept. New writes may be rejected after the expiry.',
    check: [
      certain,
      remaining,
      pendingSinceStep(context.site),
      wanted(true),
      hostStep(context, { mayBeEmpty: true }),
      who,
    ],
    act: [
      request(context),
      { text: 'If no more writes are expected before the worker is back, do nothing.' },
    ],
    over: {
      query: promql`
        (${leaseExpiry}{relay="$RELAY"} - time() > 0)
          <= ${leaseWindow(context)}
          and on (${context.site.by('relay')}) ${pending}
      `,
      becomes: 'empty',
      text: 'The lease was renewed, it has expired, or the relay was cleared.',
    },
    returnsIf: 'The new lease expires as well while the worker is away.',
  }),

  GatewayEscrowLeaseExpired: (context) => ({
    firesWhen: `the relay is pending, its lease is past its expiry, and no user has written to it within ${context.site.thresholds.leaseExpiry.wantedWithin} (\`thresholds.leaseExpiry.wantedWithin\`)`,
    urgency: 'None, because no user is writing to the relay.',
    meaning: 'A lease lasts 10 minutes and is not renewed automatically, so this is normal on a quiet night.',
    impact: `None while no one writes to the relay. When users write to it, ${context.alert('GatewayEscrowLeaseExpiredWritesWanted')} fires.`,
    check: [
      certain,
      {
        ...remaining,
        text: 'Since when? Seconds until the expiry: a negative number is how long ago it was.',
      },
      wanted(true),
      pendingSinceStep(context.site),
      hostStep(context, { mayBeEmpty: true }),
      who,
    ],
    act: [
      { text: 'If the query for writes returned nothing and you expect none, do nothing.' },
      request(context),
    ],
    over: {
      query: promql`(time() - ${leaseExpiry}{relay="$RELAY"} >= 0) and on (${context.site.by('relay')}) ${pending}`,
      becomes: 'empty',
      text: 'The lease was renewed or released, or the relay was cleared. The metrics may miss a renewal: if the lease query shows a new lease, it is over although this query still returns a sample. The alert also ends when the expiry is more than an hour ago, although the relay then still has no lease: the lease query shows it.',
    },
    returnsIf: 'A lease expires while the worker is away.',
  }),

  GatewayEscrowLeaseExpiredWritesWanted: (context) => ({
    firesWhen: `the relay is pending, users wrote to it within ${context.site.thresholds.leaseExpiry.wantedWithin} (\`thresholds.leaseExpiry.wantedWithin\`), and its lease is past its expiry`,
    urgency:
      'Now, because the metrics do not show whether users can write: ask a user of the relay to write something and to upload a file. If both succeed, the rest can wait until the morning. If one fails, or no one answers, request a lease now.',
    meaning:
      'Users write to a relay whose worker is away and whose lease has expired. Either the gateway has granted no lease to any relay for 15 minutes, so that none is current (a lease lasts 10), or its metrics show a lease that was issued, not released, and has no time left.',
    impact: `With a lease past its expiry, the observed build goes on accepting writes against the escrow policy; they stay pending like any others. Whether anything else follows from that is not known. Without any lease, as after a gateway restart, it rejects writes, and so does a build that enforces the expiry: then ${context.alert('GatewayWritesTurnedAway')} fires, but no metric counts rejected uploads.`,
    check: [
      {
        text: 'The gauge of the gateway: 0 means that no lease is active.',
        query: promql`${gatewayEscrowLeaseTimeToExpiry}{${context.site.gateway}, relay="$RELAY"}`,
      },
      { ...remaining, mayBeEmpty: true },
      wanted(),
      hostStep(context, { mayBeEmpty: true }),
      {
        text: 'Results of lease requests in the last 15 minutes.',
        query: promql`${unlockRequests}`,
        mayBeEmpty: true,
      },
      { ...who, mayBeEmpty: true },
      certain,
    ],
    act: [...requestSteps(request(context)), bringBack(context.step)],
    avoid: ['Assume that the writes are lost: accepted writes stay on the gateway.'],
    over: {
      query: promql`${wantedWrites}{relay="$RELAY"} and on (${context.site.by('relay')}) ${pending}`,
      becomes: 'empty',
      text: 'Users have stopped writing or the relay was cleared. The alert also resolves when the gateway grants a lease. The query then still returns writes, and the lease query shows the new lease.',
    },
    returnsIf:
      'The new lease expires while users keep writing and the worker is still away. A lease lasts 10 minutes, so bring the worker back rather than renewing it all night.',
  }),
};

/** Seconds before the expiry at which the alert fires. */
function leaseWindow({ site }: PageContext): number {
  return (
    durationSeconds(site.thresholds.leaseExpiry.expiringWithin) + durationSeconds(site.config.scrapeInterval)
  );
}

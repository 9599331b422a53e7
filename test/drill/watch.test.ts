import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { waitForFirstScrape } from '../../src/drill/first-scrape.js';
import { follow } from '../../src/drill/follow.js';
import { relayOf } from '../../src/drill/relay.js';
import type { Drill } from '../../src/drill/view.js';
import { PrometheusWatch } from '../../src/drill/watch.js';
import type { PrometheusClient, Sample, Series, TargetStatus } from '../../src/prometheus/client.js';
import { PrometheusError } from '../../src/prometheus/error.js';

const RELAY = 'ab'.repeat(32);
const config = parseConfig({ jobs: { gateway: 'gw', exporter: 'files' }, scrapeInterval: '1s' });

/** What a Prometheus was asked, and what it answers. */
class Asked {
  readonly queries: string[] = [];
  readonly selectors: (readonly [selector: string, time: number | undefined])[] = [];
  now = 1000;
  samples: (selector: string) => Series[] = () => [];
  found: (query: string) => readonly Sample[] | Error = () => [];
  targets: readonly Pick<TargetStatus, 'job' | 'health'>[] | Error = [];

  readonly client = {
    url: 'http://prometheus.example',
    query: async (query: string) => {
      if (query === 'time()') return [sample(this.now)];
      this.queries.push(query);
      const found = this.found(query);
      if (found instanceof Error) throw found;
      return found;
    },
    samplesOf: async (selector: string, time?: number) => {
      this.selectors.push([selector, time]);
      return this.samples(selector);
    },
    targets: async () => {
      if (this.targets instanceof Error) throw this.targets;
      return this.targets;
    },
  } as unknown as PrometheusClient;
}

/** Has the clock of this machine show these times, in milliseconds, and then the last of them. */
function clockShows(...times: readonly number[]): void {
  let looks = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => times[Math.min(looks++, times.length - 1)] as number);
}
afterEach(() => {
  vi.restoreAllMocks();
});

const sample = (value: number, labels: Sample['labels'] = {}): Sample => ({ labels, value, time: 0 });
const series = (name: string, labels: Series['labels'] = {}): Series => ({
  labels: { __name__: name, ...labels },
  points: [[990, 1]],
});

describe('a look at Prometheus', () => {
  const ALL = (window: number, more = '') => [
    `{__name__=~"gateway_pending_writes|gateway_escrow_leases_active|gateway_escrow_lease_time_to_expiry_seconds|gateway_escrow_lease_lag_seconds_count|gateway_pending_write_push_wait_seconds_count|gateway_relay_fallback_writes_total", job="gw", relay="${RELAY}"${more}}[${window}s]`,
    `{__name__=~"gateway_pending_write_push_total", job="gw", relay=~"${RELAY}|"${more}}[${window}s]`,
    `{__name__=~"up|process_start_time_seconds|gateway_active_peers|gateway_escrow_unlock_requests_total|gateway_escrow_rotation_total", job="gw"${more}}[${window}s]`,
    `{__name__=~"pending_writes_pending|pending_writes_pending_since_timestamp_seconds|pending_writes_last_update_timestamp_seconds|pending_writes_job_status|pending_writes_rotation_last_start_timestamp_seconds|pending_writes_rotation_last_status", job="files", relay="${RELAY}"${more}}[${window}s]`,
    `{__name__=~"up|pending_writes_state_file_read_success|pending_writes_state_file_read_failure", job="files"${more}}[${window}s]`,
  ];

  it('reads an hour first, then what is new with two minutes of overlap', async () => {
    const asked = new Asked();
    const watch = new PrometheusWatch(asked.client, { config, relay: RELAY });
    expect(await watch.poll()).toBe(1000);
    asked.now = 1007.5;
    expect(await watch.poll()).toBe(1007.5);
    expect(asked.selectors).toEqual([
      ...ALL(3600).map((selector) => [selector, 1000]),
      ...ALL(128).map((selector) => [selector, 1007.5]),
    ]);
    expect(watch.facts).toMatchObject({ relay: RELAY, start: 1000 });
  });

  it('adds the matchers that were given to every selector', async () => {
    const asked = new Asked();
    await new PrometheusWatch(asked.client, { config, relay: RELAY, matchers: ['cluster="a"'] }).poll();
    expect(asked.selectors.map(([selector]) => selector)).toEqual(ALL(3600, ', cluster="a"'));
    expect(asked.queries).toEqual([
      `count(max by (relay) (gateway_pending_writes{job="gw", cluster="a", relay!="${RELAY}"}) == 1) or vector(0)`,
      'count(gateway_pending_write_push_wait_seconds_count{job="gw", cluster="a"})',
    ]);
  });

  it('counts the other relays that are pending, and asks for acknowledgements until there are some', async () => {
    const asked = new Asked();
    const watch = new PrometheusWatch(asked.client, { config, relay: RELAY });
    expect(watch.facts.system).toEqual({
      othersPending: [],
      acknowledgementsServed: false,
      exporterConfigured: false,
    });
    let acknowledged = 0;
    asked.found = (query) =>
      query.startsWith('count(max') ? [sample(3)] : acknowledged++ === 0 ? [] : [sample(1)];
    await watch.poll();
    expect(watch.facts.system.acknowledgementsServed).toBe(false);
    asked.now = 1010;
    await watch.poll();
    asked.now = 1020;
    asked.found = () => [];
    await watch.poll();
    expect(watch.facts.system).toEqual({
      othersPending: [
        [1000, 3],
        [1010, 3],
        [1020, 0],
      ],
      acknowledgementsServed: true,
      exporterConfigured: false,
    });
    const question = 'count(gateway_pending_write_push_wait_seconds_count{job="gw"})';
    expect(asked.queries.filter((query) => query === question)).toHaveLength(2);
  });

  it('knows the jobs of which a target was ever seen, and keeps the samples', async () => {
    const asked = new Asked();
    const watch = new PrometheusWatch(asked.client, { config, relay: RELAY });
    const seen = () => [watch.gatewayConfigured, watch.facts.system.exporterConfigured];
    asked.samples = (selector) => (selector.includes('"gw"') ? [series('process_start_time_seconds')] : []);
    await watch.poll();
    expect(seen()).toEqual([false, false]);
    asked.samples = (selector) => (/=~"up\|process.*"gw"/.test(selector) ? [series('up')] : []);
    await watch.poll();
    expect(seen()).toEqual([true, false]);
    asked.samples = (selector) => (/=~"up\|pending.*"files"/.test(selector) ? [series('up')] : []);
    await watch.poll();
    asked.samples = () => [];
    await watch.poll();
    expect(seen()).toEqual([true, true]);
    const up = { name: 'up', type: 'gauge' } as unknown as Parameters<
      typeof watch.facts.history.tracks
    >[0]['metric'];
    expect(watch.facts.history.tracks({ metric: up })).toMatchObject([{ points: [[990, 1]] }]);
  });

  it('takes the clock of this machine where Prometheus gives no time', async () => {
    const asked = new Asked();
    asked.client.query = async () => [];
    const before = Date.now() / 1000;
    const now = await new PrometheusWatch(asked.client, { config, relay: RELAY }).poll();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe('the relay of a drill', () => {
  const LIKE = (beginning: string) =>
    `group by (relay) ({__name__=~"gateway_pending_writes|gateway_escrow_leases_active|gateway_replica_fallback_total|pending_writes_pending", relay=~"${beginning}.*"})`;

  it('is its whole key, of which nothing is asked', async () => {
    const asked = new Asked();
    expect(await relayOf(asked.client, RELAY, [])).toBe(RELAY);
    expect(asked.queries).toEqual([]);
  });

  it('is the only one that begins so', async () => {
    const asked = new Asked();
    asked.found = () => [sample(1, { relay: RELAY })];
    expect(await relayOf(asked.client, 'abab', [])).toBe(RELAY);
    expect(asked.queries).toEqual([LIKE('abab')]);
  });

  it('is the only one of the site that the matchers select', async () => {
    const asked = new Asked();
    asked.found = () => [sample(1, { relay: RELAY })];
    expect(await relayOf(asked.client, 'abab', ['cluster="a"', 'env="b"'])).toBe(RELAY);
    expect(asked.queries).toEqual([LIKE('abab').replace('}', ', cluster="a", env="b"}')]);
  });

  const EXPECTED = 'expected a relay key of 64 hexadecimal digits, or a unique prefix';
  it.each<[string, readonly string[], string]>([
    ['abab', [], `--relay abab: found no relay with this prefix at http://prometheus.example, ${EXPECTED}`],
    ['abab', ['b', 'a', 'c'], `--relay abab: found 3 relays with this prefix, ${EXPECTED}`],
    ['aba', [RELAY], `--relay aba: found 3 characters, ${EXPECTED}`],
    ['ABAB', [RELAY], `--relay ABAB: found 4 characters, ${EXPECTED}`],
    [`x${RELAY}`, [RELAY], `--relay x${RELAY}: found 65 characters, ${EXPECTED}`],
    [`${RELAY}0`, [RELAY], `--relay ${RELAY}0: found 65 characters, ${EXPECTED}`],
    [`${RELAY.slice(1)}\n`, [RELAY], `--relay ${RELAY.slice(1)}\n: found 64 characters, ${EXPECTED}`],
  ])('is refused: %j with %j', async (text, found, message) => {
    const asked = new Asked();
    asked.found = () => found.map((relay) => sample(1, { relay }));
    await expect(relayOf(asked.client, text, [])).rejects.toThrow(
      expect.objectContaining({ name: 'RelayError', message }),
    );
  });

  it('is one of those that Prometheus knows, in order', async () => {
    const asked = new Asked();
    asked.found = () => [sample(1, { relay: 'c' }), sample(1, { relay: 'a' }), sample(1)];
    expect(await PrometheusWatch.relaysLike(asked.client, 'a.c', [])).toEqual(['', 'a', 'c']);
    expect(asked.queries).toEqual([LIKE('a\\\\.c')]);
  });
});

describe('the first scrape', () => {
  const UNKNOWN = { job: 'gw', health: 'unknown' } as const;
  const soon = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it.each<[string, Partial<Asked>, readonly string[], boolean]>([
    ['not where there are samples', { found: () => [sample(1)], targets: [UNKNOWN] }, [], false],
    ['not where the server has no list of targets', { targets: new PrometheusError('404') }, [], false],
    ['not where the gateway is no target', { targets: [{ job: 'gwx', health: 'unknown' }] }, [], false],
    [
      'not where all targets are scraped and further matchers select none',
      { targets: [{ job: 'gw', health: 'up' }] },
      ['a="b"'],
      false,
    ],
    ['where one was never scraped', { targets: [{ job: 'gw', health: 'up' }, UNKNOWN] }, ['a="b"'], true],
    [
      'where the targets are scraped and have no sample yet',
      { targets: [{ job: 'gw', health: 'up' }] },
      [],
      true,
    ],
    ['where the server has just begun to look for targets', { targets: [] }, [], true],
  ])('is waited for %s', async (_, answers, matchers, waits) => {
    const asked = Object.assign(new Asked(), answers);
    const controller = new AbortController();
    let isOver = false;
    const over = waitForFirstScrape(asked.client, config, matchers, controller.signal).then(() => {
      isOver = true;
    });
    await soon();
    expect(isOver).toBe(!waits);
    controller.abort();
    await over;
    expect(asked.queries).toEqual([`up{${['job="gw"', ...matchers].join(', ')}}`]);
  });

  it.each<[string, readonly number[], Asked['targets'], readonly string[]]>([
    ['three scrapes', [0, 89_999], [UNKNOWN], ['waits', 'up{job="gw"}']],
    ['no longer than three scrapes', [0, 90_000], [UNKNOWN], ['ends']],
    ['ten seconds for any target', [0, 9_999], [], ['waits', 'up{job="gw"}']],
    ['no longer than ten seconds for any target', [0, 10_000], [], ['ends', 'up{job="gw"}']],
  ])('is waited for %s', async (_, clock, targets, expected) => {
    const asked = Object.assign(new Asked(), { targets });
    const controller = new AbortController();
    let state = 'waits';
    clockShows(...clock);
    const slow = parseConfig({ jobs: config.jobs, scrapeInterval: '30s' });
    const over = waitForFirstScrape(asked.client, slow, [], controller.signal).then(() => {
      state = 'ends';
    });
    await soon();
    expect([state, ...asked.queries]).toEqual(expected);
    controller.abort();
    await over;
  });

  it('is not waited for once the drill is ended', async () => {
    const asked = new Asked();
    await waitForFirstScrape(asked.client, config, [], AbortSignal.abort());
    expect(asked.queries).toEqual([]);
  });

  it('passes on what is no answer of Prometheus', async () => {
    const asked = Object.assign(new Asked(), { targets: new TypeError('a fault') });
    await expect(waitForFirstScrape(asked.client, config, [], new AbortController().signal)).rejects.toThrow(
      'a fault',
    );
  });
});

describe('a drill that is followed', () => {
  const options = (more: Partial<Parameters<typeof follow>[2]> = {}) => ({
    relay: RELAY,
    every: 0.001,
    patience: 60,
    timeouts: {},
    signal: new AbortController().signal,
    onPoll: () => undefined,
    ...more,
  });
  /** A watch whose answers come one after the other. */
  const watchOf = (...answers: readonly (number | Error)[]) => {
    const watch = new PrometheusWatch(new Asked().client, { config, relay: RELAY });
    const left = [...answers];
    let looks = 0;
    watch.poll = async () => {
      looks += 1;
      if (looks > answers.length + 1) throw new TypeError('a look after the end');
      const next = left.shift() ?? 1e9;
      if (next instanceof Error) throw next;
      return next;
    };
    return watch;
  };
  const AWAY = new PrometheusError('away', 'unreachable');

  it('is judged at its begin and after each look, until nothing more is to come', async () => {
    const polls: Drill[] = [];
    const { drill, broken } = await follow(
      watchOf(20, AWAY, 30),
      10,
      options({ onPoll: (poll) => polls.push(poll) }),
    );
    expect(polls.map(({ now }) => now)).toEqual([10, 20, 30, 1e9]);
    expect(drill).toBe(polls.at(-1));
    expect(drill).toMatchObject({ relay: RELAY, start: 0, now: 1e9, remarks: [], progress: { over: true } });
    expect(broken).toBeUndefined();
  });

  it('takes the times that reactions may take from its options', async () => {
    const times = { 'not-pending': 5, 'worker-away': 5 };
    const { drill } = await follow(
      watchOf(100),
      10,
      options({ timeouts: times, signal: AbortSignal.abort() }),
    );
    expect(drill.progress.reactions[1]).toMatchObject({ deadline: 5 });
  });

  it('ends where Prometheus is away for too long, or refuses', async () => {
    expect(await follow(watchOf(20, AWAY), 10, options({ patience: 0 }))).toMatchObject({
      drill: { now: 20 },
      broken: AWAY,
    });
    const refused = new PrometheusError('refused', 'refused', { status: 403 });
    expect((await follow(watchOf(20, refused), 10, options())).broken).toBe(refused);
    await expect(follow(watchOf(new TypeError('a fault')), 10, options())).rejects.toThrow('a fault');
  });

  it('goes on while Prometheus is away for less than its patience', async () => {
    const ends = async (clock: readonly number[]) => {
      clockShows(...clock);
      return (await follow(watchOf(20, AWAY, AWAY), 10, options())).drill.now;
    };
    // Each failure looks at the clock; the first one twice.
    expect(await ends([1000, 1000, 60_999])).toBe(1e9);
    expect(await ends([1000, 1000, 61_000])).toBe(20);
  });

  it('ends at once when it is interrupted between two looks', async () => {
    const controller = new AbortController();
    const onPoll = () => {
      setImmediate(() => controller.abort());
    };
    const { drill } = await follow(
      watchOf(20),
      10,
      options({ signal: controller.signal, onPoll, every: 3600 }),
    );
    expect(drill.now).toBe(10);
  });

  it('ends when it is interrupted, without another look', async () => {
    const controller = new AbortController();
    const polls: number[] = [];
    const { drill } = await follow(
      watchOf(20),
      10,
      options({
        signal: controller.signal,
        onPoll: ({ now }) => {
          polls.push(now);
          if (now === 20) controller.abort();
        },
        every: 0.001,
      }),
    );
    expect(polls).toEqual([10, 20]);
    expect(drill.now).toBe(20);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { reactions } from '../../src/drill/reactions.js';
import { whereToLook } from '../../src/drill/view.js';
import { freePort } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { gatewayObservability } from '../cli/command.js';

const RELAY = 'a'.repeat(64);

describe('the command drill', () => {
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus();
  });
  afterAll(() => prometheus.stop());

  const drill = (...args: string[]) => gatewayObservability(['drill', '-p', prometheus.url, ...args]);

  it('ends with 2 where Prometheus does not scrape the gateway', async () => {
    expect(await drill('-r', RELAY)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${prometheus.url}: found no target of the job "gateway" (jobs.gateway), expected a Prometheus that scrapes the gateway\n`,
    });
  });

  it('waits for the first scrape of a Prometheus that has just started', async () => {
    const slow = await startPrometheus({
      scrapeInterval: 20,
      scrape: [{ job: 'gateway', targets: [new URL(prometheus.url).host] }],
    });
    try {
      // The drill of a relay that nobody touches ends when its reactions are overdue; with these times at once.
      const { code, stderr } = await gatewayObservability([
        'drill',
        '-p',
        slow.url,
        '-r',
        RELAY,
        ...reactions.flatMap(({ id }) => ['--timeout', `${id}=1s`]),
      ]);
      expect(stderr).not.toContain('found no target');
      expect(code).toBe(1);
    } finally {
      await slow.stop();
    }
  });

  it('ends with 2 where nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await gatewayObservability(['drill', '-p', url, '-r', RELAY]);
    expect(code).toBe(2);
    expect(stderr).toBe(`${url}/api/v1/query: no answer (ECONNREFUSED)\n`);
  });

  it.each([
    ['a relay that is no key', ['-r', 'my relay'], 'expected a relay key of 64 hexadecimal digits'],
    ['a beginning that no relay has', ['-r', 'abcdef'], 'found no relay with this prefix at'],
    ['an unknown reaction', ['-r', RELAY, '--timeout', 'push-sen=5m'], 'did you mean "push-seen"?'],
    ['a timeout that is none', ['-r', RELAY, '--timeout', 'all=soon'], 'expected a duration'],
    ['half a login', ['-r', RELAY, '--basic-auth-user', 'me'], 'must be used together'],
    ['a header without a value', ['-r', RELAY, '--header', 'X-Scope'], 'expected "Name: value"'],
    ['a match without a value', ['-r', RELAY, '--match', 'cluster'], 'expected label=value'],
  ])('ends with 2 for %s', async (_, args, words) => {
    const { code, stderr, stdout } = await drill(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });
});

it('names a runbook page and a panel for every reaction', () => {
  const bundle = buildBundle(parseConfig({}), definitions());
  for (const reaction of reactions) {
    const place = whereToLook(bundle, { reaction, state: 'missing' });
    expect(Object.keys(bundle.definitions.runbook.pages), reaction.id).toContain(reaction.alert);
    expect(place.panel, reaction.id).toMatch(/^.+ \/ .+$/);
  }
});

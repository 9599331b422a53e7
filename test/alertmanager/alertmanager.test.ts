import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readAlertmanagerConfig } from '../../src/alertmanager/config.js';
import { inhibitionsAmong } from '../../src/alertmanager/inhibition.js';
import { exactLabels } from '../../src/alertmanager/labels.js';
import { accepts } from '../../src/alertmanager/matchers.js';
import { routesFor } from '../../src/alertmanager/routes.js';
import { launchAlertmanager, startableAlertmanager } from '../../src/processes/alertmanager.js';
import { type ManagedProcess, waitFor } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { amtool } from '../notifications/running-alertmanager.js';
import { PATIENCE_MS } from '../patience.js';
import {
  configOf,
  randomConfig,
  randomLabels,
  randomMatchers,
  randomOf,
  type Syntax,
  syntaxInUse,
  type Values,
} from './random-config.js';

const TREES = 200;
/** Label sets for each tree. */
const SETS = 10;
const INHIBITIONS = 400;
const BATCH = 64;

const folder = temporaryFolder('gateway-observability-alertmanager-random');
afterAll(() => folder.remove());

const routesOf = (config: ReturnType<typeof readAlertmanagerConfig>, labels: Values) =>
  routesFor(config.root, exactLabels(labels), (matcher) => accepts(matcher, labels[matcher.label] ?? ''));
const key = (labels: Values) => JSON.stringify(Object.entries(labels).sort());

let syntax: Syntax;
beforeAll(async () => {
  syntax = await syntaxInUse();
});

describe('the routing tree', () => {
  it(`sends the alerts of ${TREES} random trees where amtool sends them`, async () => {
    const limit = pLimit(2);
    let elsewhere = 0;
    const wrong = await Promise.all(
      Array.from({ length: TREES }, (_, i) =>
        limit(async () => {
          const text = randomConfig(i + 100, syntax);
          const labels = randomLabels(randomOf(i + 5000));
          const file = join(folder.path, `${i}.yaml`);
          writeFileSync(file, text);
          const pairs = Object.entries(labels).map(
            ([label, value]) => `${label}="${value.replace(/[\\"]/g, '\\$&')}"`,
          );
          const theirs = await amtool('config', 'routes', 'test', `--config.file=${file}`, ...pairs);
          const ours = routesOf(readAlertmanagerConfig(text, file), labels)
            .map(({ receiver }) => receiver)
            .join();
          if (theirs !== 'root') elsewhere += 1;
          return ours === theirs ? [] : [{ text, labels, ours, theirs }];
        }),
      ),
    );
    expect(wrong.flat()).toEqual([]);
    expect(elsewhere).toBeGreaterThan(TREES / 4);
  });
});

interface Group {
  readonly labels: Values;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly { readonly labels: Values }[];
}

interface Shown {
  readonly labels: Values;
  readonly status: { readonly inhibitedBy: readonly string[] };
}

describe('a running Alertmanager', () => {
  const alerts = Array.from({ length: TREES }, (_, tree) => {
    const random = randomOf(tree + 9000);
    return Array.from({ length: SETS }, () => ({ ...randomLabels(random), tree: String(tree) }));
  }).flat();
  const pairs = Array.from({ length: INHIBITIONS }, (_, pair) => {
    const random = randomOf(pair + 20_000);
    const one = randomLabels(random);
    // Most alerts of one case differ in little, or nothing would inhibit.
    const other = {
      ...one,
      ...(random.chance(0.7) ? { relay: random.of(['a', 'b']) } : randomLabels(random)),
    };
    return [
      { ...one, pair: String(pair), n: '1' },
      { ...other, pair: String(pair), n: '2' },
    ] as const;
  });
  const text = () => {
    const receivers = ['root'];
    const routes = Array.from({ length: TREES }, (_, tree) => {
      const { route, receivers: own } = parse(randomConfig(tree + 300, syntax)) as {
        route: { receiver: string; group_by: string[]; routes: object[] };
        receivers: { name: string }[];
      };
      const renamed = JSON.parse(
        JSON.stringify(route, (field, value) => (field === 'receiver' ? `${tree} ${value}` : value)),
      );
      receivers.push(...own.map(({ name }) => `${tree} ${name}`));
      return { ...renamed, matchers: [`tree="${tree}"`] };
    });
    const inhibit = Array.from({ length: INHIBITIONS }, (_, pair) => {
      const random = randomOf(pair + 40_000);
      const side = (prefix: string, alert: Values) => {
        // Conditions that nothing determines are seldom met by both.
        const met = random.of(['alertname', 'relay', 'a_b']);
        const matchers: Record<string, unknown> = random.chance(0.6)
          ? { [`${prefix}match`]: { [met]: alert[met] ?? '' } }
          : randomMatchers(random, prefix, syntax);
        const list = (matchers[`${prefix}matchers`] ?? []) as string[];
        return { ...matchers, [`${prefix}matchers`]: [...list, `pair="${pair}"`] };
      };
      const equal = ['alertname', 'team', 'relay', 'missing'].filter(() => random.chance(0.25));
      const [one, other] = pairs[pair] as readonly [Values, Values];
      return { ...side('source_', one), ...side('target_', other), ...(equal.length === 0 ? {} : { equal }) };
    });
    return configOf({ receiver: 'root', routes }, receivers, inhibit);
  };

  let config: ReturnType<typeof readAlertmanagerConfig>;
  let groups: Group[];
  let shown: Shown[];
  beforeAll(async () => {
    const file = join(folder.path, 'alertmanager.yml');
    writeFileSync(file, text());
    config = readAlertmanagerConfig(text(), file);
    const started: ManagedProcess[] = [];
    try {
      const { url } = await launchAlertmanager(file, await startableAlertmanager(), (child) =>
        started.push(child),
      );
      const all = [...alerts, ...pairs.flat()];
      for (let i = 0; i < all.length; i += BATCH) {
        const response = await fetch(`${url}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(all.slice(i, i + BATCH).map((labels) => ({ labels }))),
        });
        expect(response.ok, await response.clone().text()).toBe(true);
      }
      const count = new Set(all.map(key)).size;
      // The dispatcher and the inhibitor take alerts a little after the API does.
      const wait = { timeoutMs: PATIENCE_MS, everyMs: 500, alive: started };
      groups = await waitFor(
        async () => {
          const now = (await (await fetch(`${url}/api/v2/alerts/groups`)).json()) as Group[];
          const seen = new Set(now.flatMap((group) => group.alerts.map(({ labels }) => key(labels))));
          return seen.size === count && now;
        },
        { what: 'all alerts to be in groups', ...wait },
      );
      let last = '';
      shown = await waitFor(
        async () => {
          const now = (await (await fetch(`${url}/api/v2/alerts`)).json()) as Shown[];
          const states = JSON.stringify(now.map(({ labels, status }) => [labels, status.inhibitedBy]));
          const isSettled = states === last && now.some(({ status }) => status.inhibitedBy.length > 0);
          last = states;
          return isSettled && now;
        },
        { what: 'inhibitions to settle', ...wait },
      );
    } finally {
      for (const child of started) await child.stop();
    }
  });

  it(`notifies and groups as we say, for ${TREES} trees with ${SETS} alerts each`, () => {
    const theirs = new Map<string, string[]>();
    for (const group of groups) {
      for (const { labels } of group.alerts) {
        const name = `${group.receiver.name} ${key(group.labels)}`;
        theirs.set(key(labels), [...(theirs.get(key(labels)) ?? []), name]);
      }
    }
    const wrong = alerts.flatMap((labels) => {
      const ours = routesOf(config, labels).map(({ receiver, groupBy }) => {
        const grouped =
          groupBy === 'all'
            ? labels
            : Object.fromEntries(
                groupBy.flatMap((label) =>
                  Object.hasOwn(labels, label) ? [[label, (labels as Values)[label]]] : [],
                ),
              );
        return `${receiver} ${key(grouped as Values)}`;
      });
      const found = [...new Set(theirs.get(key(labels)))].sort();
      return [...new Set(ours)].sort().join() === found.join() ? [] : [{ labels, ours, found }];
    });
    expect(wrong).toEqual([]);
    expect(groups.length).toBeGreaterThan(TREES);
  });

  it(`inhibits as we say, for ${INHIBITIONS} random rules`, () => {
    const theirs = new Map(shown.map(({ labels, status }) => [key(labels), status.inhibitedBy.length > 0]));
    let inhibited = 0;
    const wrong = pairs.flatMap((pair, i) => {
      const rule = config.inhibitions[i];
      if (rule === undefined) throw new Error(`no rule ${i}`);
      const found = inhibitionsAmong(
        [rule],
        new Map(pair.map((labels) => [key(labels), exactLabels(labels)])),
      );
      return pair.flatMap((labels) => {
        const by = found.get(key(labels)) ?? [];
        expect(by.every(({ same, dependsOn }) => same.length + dependsOn.length === 0)).toBe(true);
        if (by.length > 0) inhibited += 1;
        return by.length > 0 === theirs.get(key(labels)) ? [] : [{ labels, rule, by }];
      });
    });
    expect(wrong).toEqual([]);
    expect(inhibited).toBeGreaterThan(INHIBITIONS / 20);
  });
});

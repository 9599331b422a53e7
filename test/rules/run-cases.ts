import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { findTool } from '../../src/processes/find.js';
import { type RuleObject, renderedGroups } from '../../src/renderers/prometheus/rules.js';
import type { RuleCase } from './rule-case.js';

/** Replaces a rule's definition while a mutant of it is tested. */
export type Replacement = { readonly rule: string; readonly with: RuleObject };

const bundles = new Map<string, Bundle>();

/** The bundle for a configuration, built once. */
export function bundleFor(config: RuleCase['config']): Bundle {
  const key = JSON.stringify(config ?? {});
  const known = bundles.get(key);
  if (known !== undefined) return known;
  const bundle = buildBundle(parseConfig((config ?? {}) as ConfigInput), definitions());
  bundles.set(key, bundle);
  return bundle;
}

/** The rules a case loads, in the order of the bundle, with the group they belong to. */
function loadedRules(ruleCase: RuleCase, replacement?: Replacement) {
  const wanted = [ruleCase.rule, ...(ruleCase.with ?? [])];
  const groups = renderedGroups(bundleFor(ruleCase.config))
    .map(({ name, rules }) => ({
      name,
      rules: rules
        .map(({ rule }) => rule)
        .filter((rule) => wanted.includes(rule.alert ?? rule.record ?? ''))
        .map((rule) =>
          replacement !== undefined && (rule.alert ?? rule.record) === replacement.rule
            ? replacement.with
            : rule,
        ),
    }))
    .filter(({ rules }) => rules.length > 0);
  const found = groups.flatMap(({ rules }) => rules.map((rule) => rule.alert ?? rule.record));
  const missing = wanted.filter((name) => !found.includes(name));
  if (missing.length > 0)
    throw new Error(`case ${JSON.stringify(ruleCase.name)}: no rule is named ${missing.join(', ')}`);
  return groups;
}

const quoted = (labels: Readonly<Record<string, string>>) =>
  `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;

function promtoolTest(ruleCase: RuleCase) {
  const rule = bundleFor(ruleCase.config)
    .alertGroups.flatMap((group) => group.rules)
    .find(({ alert }) => alert === ruleCase.rule);
  const expressions = [
    ...Object.entries(ruleCase.firing ?? {}).map(([at, firing]) => ({
      expr: `ALERTS{alertname="${ruleCase.rule}", alertstate="firing"}`,
      eval_time: at,
      exp_samples: firing.map((labels) => ({
        labels: `ALERTS${quoted({ alertname: ruleCase.rule, alertstate: 'firing', ...rule?.labels, ...labels })}`,
        value: 1,
      })),
    })),
    ...Object.entries(ruleCase.samples ?? {}).map(([at, samples]) => ({
      expr: ruleCase.rule,
      eval_time: at,
      exp_samples: samples.map(({ labels, value }) => ({
        labels: `${ruleCase.rule}${quoted(labels)}`,
        value,
      })),
    })),
  ];
  const { says } = ruleCase;
  return {
    name: ruleCase.name,
    interval: '30s',
    input_series: Object.entries(ruleCase.series).map(([series, values]) => ({ series, values })),
    ...(expressions.length === 0 ? {} : { promql_expr_test: expressions }),
    ...(says === undefined
      ? {}
      : {
          alert_rule_test: [
            {
              eval_time: says.at,
              alertname: ruleCase.rule,
              exp_alerts: [
                { exp_labels: { ...rule?.labels, ...says.labels }, exp_annotations: says.annotations },
              ],
            },
          ],
        }),
  };
}

/**
 * Runs cases under promtool. Cases that load the same rules share a run. Returns what promtool said of those that failed,
 * empty when all passed.
 */
export async function runCases(cases: readonly RuleCase[], replacement?: Replacement): Promise<string> {
  const promtool = await findTool('promtool');
  const batches = new Map<string, RuleCase[]>();
  for (const ruleCase of cases) {
    const key = JSON.stringify([ruleCase.config ?? {}, ruleCase.rule, ruleCase.with ?? []]);
    batches.set(key, [...(batches.get(key) ?? []), ruleCase]);
  }
  const folder = await mkdtemp(join(tmpdir(), 'gateway-rules-'));
  try {
    const files: string[] = [];
    let index = 0;
    for (const batch of batches.values()) {
      const groups = loadedRules(batch[0] as RuleCase, replacement);
      const rules = join(folder, `${index}.rules.yaml`);
      const tests = join(folder, `${index}.test.yaml`);
      index += 1;
      await writeFile(rules, stringify({ groups }));
      await writeFile(
        tests,
        stringify({
          rule_files: [rules],
          evaluation_interval: '30s',
          group_eval_order: groups.map(({ name }) => name),
          tests: batch.map(promtoolTest),
        }),
      );
      files.push(tests);
    }
    return await new Promise((resolve, reject) => {
      execFile(promtool, ['test', 'rules', ...files], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        if (error === null) resolve('');
        else if (typeof error.code === 'number') resolve(`${stdout}${stderr}`.replaceAll(folder, ''));
        else reject(error);
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

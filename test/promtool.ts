import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from '../src/processes/find.js';
import { temporaryFolder } from '../src/processes/temporary-folder.js';
import { outcomeOf } from './outcome.js';

/** Runs a promtool command on files with this content (JSON is YAML), in the order given. */
async function onFiles(
  command: readonly string[],
  contents: readonly object[],
  others: Readonly<Record<string, object>> = {},
): Promise<{ passed: boolean; output: string }> {
  const promtool = await findTool('promtool');
  const folder = temporaryFolder('gateway-promtool');
  try {
    const write = (name: string, content: object) => {
      writeFileSync(join(folder.path, name), JSON.stringify(content));
      return name;
    };
    for (const [name, content] of Object.entries(others)) write(name, content);
    const files = contents.map((content, index) => write(`${index}.yaml`, content));
    const { code, stdout, stderr } = await outcomeOf(promtool, [...command, ...files], { cwd: folder.path });
    return { passed: code === 0, output: stdout + stderr };
  } finally {
    folder.remove();
  }
}

/**
 * Runs rule tests.
 *
 * @param tests the content of the test files
 * @param ruleFiles the rule files that they name, by their name
 * @returns what promtool printed, or nothing when all tests passed
 */
export async function runRuleTests(
  tests: readonly object[],
  ruleFiles: Readonly<Record<string, object>> = {},
): Promise<string> {
  const { passed, output } = await onFiles(['test', 'rules'], tests, ruleFiles);
  return passed ? '' : output;
}

/** The expressions that promtool refuses in a recording rule. */
export async function refusedByPromtool(exprs: readonly string[]): Promise<string[]> {
  const rules = exprs.map((expr, index) => ({ record: `rule_${index}_`, expr }));
  const { passed, output } = await onFiles(['check', 'rules'], [{ groups: [{ name: 'rules', rules }] }]);
  // promtool reports every broken rule of a file, with its name.
  const refused = exprs.filter((_, index) => output.includes(`"rule_${index}_"`));
  if (passed !== (refused.length === 0)) throw new Error(`promtool printed something unexpected: ${output}`);
  return refused;
}

/** The templates that promtool refuses as annotations of an alert. */
export async function refusedTemplates(templates: readonly string[]): Promise<string[]> {
  const rules = templates.map((a, index) => ({ alert: `Alert${index}_`, expr: 'up', annotations: { a } }));
  const { passed, output } = await onFiles(['check', 'rules'], [{ groups: [{ name: 'templates', rules }] }]);
  const refused = templates.filter((_, index) => output.includes(`"Alert${index}_"`));
  if (passed !== (refused.length === 0)) throw new Error(`promtool printed something unexpected: ${output}`);
  return refused;
}

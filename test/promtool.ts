import { promtoolOn } from '../src/rule-cases/promtool.js';

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
  const { passed, output } = await promtoolOn(['test', 'rules'], tests, ruleFiles);
  return passed ? '' : output;
}

/** The expressions that promtool refuses in a recording rule. */
export async function refusedByPromtool(exprs: readonly string[]): Promise<string[]> {
  const rules = exprs.map((expr, index) => ({ record: `rule_${index}_`, expr }));
  const { passed, output } = await promtoolOn(['check', 'rules'], [{ groups: [{ name: 'rules', rules }] }]);
  // promtool reports every broken rule of a file, with its name.
  const refused = exprs.filter((_, index) => output.includes(`"rule_${index}_"`));
  if (passed !== (refused.length === 0)) throw new Error(`promtool printed something unexpected: ${output}`);
  return refused;
}

/** The templates that promtool refuses as annotations of an alert. */
export async function refusedTemplates(templates: readonly string[]): Promise<string[]> {
  const rules = templates.map((a, index) => ({ alert: `Alert${index}_`, expr: 'up', annotations: { a } }));
  const { passed, output } = await promtoolOn(
    ['check', 'rules'],
    [{ groups: [{ name: 'templates', rules }] }],
  );
  const refused = templates.filter((_, index) => output.includes(`"Alert${index}_"`));
  if (passed !== (refused.length === 0)) throw new Error(`promtool printed something unexpected: ${output}`);
  return refused;
}

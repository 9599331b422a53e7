import { isObject, text } from './json.js';

/** The text of a rule or of a dashboard inside a string. */
const RULE_TEXT = /(?:^|[\n{,])\s*(?:- )?["']?(?:alert|record)["']?\s*:\s*\S/;
const EXPR_TEXT = /(?:^|[\n{,])\s*(?:- )?["']?expr["']?\s*:/;
const DASHBOARD_TEXT = /"panels"\s*:\s*\[/;
/** A place in a list of rules that a JSON patch changes. */
const PATCHED = /\/(?:groups|rules)\/(?:\d+|-)(?:\/|$)/;

const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** Whether a value is a rule, a dashboard, a patch of rules, or a text with one of them. */
function isHit(value: unknown): boolean {
  if (typeof value === 'string') {
    return (RULE_TEXT.test(value) && EXPR_TEXT.test(value)) || DASHBOARD_TEXT.test(value);
  }
  if (!isObject(value)) return false;
  const { alert, record, expr, panels, op, path, kind, spec, data, condition, title } = value;
  if ((isText(alert) || isText(record)) && expr !== undefined) return true;
  if (Array.isArray(panels) && panels.some((panel) => isObject(panel) && panel.type !== undefined))
    return true;
  if (op !== undefined && PATCHED.test(text(path))) return true;
  if (Array.isArray(data) && condition !== undefined && isText(title)) return true;
  return isObject(spec) && /^(?:Perses)?Dashboard$/.test(text(kind));
}

/** Whether a kustomization patches the rules of a manifest. */
const isPatchTarget = (value: unknown, path: string) =>
  isObject(value) && value.kind === 'PrometheusRule' && /(?:^|\.)target$/.test(path);

/**
 * Where in a document something stands that looks like rules or a dashboard, such as `serverFiles.alerting_rules.yml`; the empty
 * path for the document itself, undefined where there is none. Helm values, Ansible playbooks, patches and the like hold them.
 */
export function hiddenRules(document: unknown): string | undefined {
  const waiting: { value: unknown; path: string }[] = [{ value: document, path: '' }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { value, path } = next;
    if (isHit(value) || isPatchTarget(value, path)) return path;
    if (Array.isArray(value)) {
      waiting.push(...value.map((one, i) => ({ value: one as unknown, path: `${path}[${i}]` })));
    } else if (isObject(value)) {
      waiting.push(
        ...Object.entries(value).map(([key, one]) => ({
          value: one,
          path: path === '' ? key : `${path}.${key}`,
        })),
      );
    }
  }
  return undefined;
}

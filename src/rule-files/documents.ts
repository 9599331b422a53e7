import { isObject, linesOfJson } from './json.js';
import type { SideFile, Unread } from './side.js';
import { DEEPEST_NESTING, type Document, readYaml, YamlError } from './yaml.js';

/** What could be read of a file. */
export interface Contents {
  readonly documents: readonly Document[];
  readonly unread?: Unread;
}

/** Endings of templates: what they hold may be YAML or JSON all the same. */
const TEMPLATE_END = '(?:\\.(?:tmpl|tpl|gotmpl|j2|jinja2?|erb|template))?';
const JSON_FILE = new RegExp(`\\.json${TEMPLATE_END}$`, 'i');
const RULE_FILE = new RegExp(`\\.(?:ya?ml|rules)${TEMPLATE_END}$`, 'i');

/** Files that may hold something of interest: rules, dashboards, pages, and programs from which rules are made. */
export const WANTED_FILE = new RegExp(
  `\\.(?:(?:ya?ml|json|rules)${TEMPLATE_END}|md|jsonnet|libsonnet|tf|hcl|cue)$`,
  'i',
);

/** The language of a program from which rules are made. */
function languageOf(path: string): string | undefined {
  if (/\.(?:jsonnet|libsonnet)$/i.test(path)) return 'Jsonnet';
  if (/\.(?:tf|hcl)$/i.test(path)) return 'Terraform';
  return /\.cue$/i.test(path) ? 'CUE' : undefined;
}

/** Rules or dashboards as such programs write them. */
const RULES = /\b(?:alert|record)\b["']?\s*[:=]|\bexpr\b["']?\s*[:=]|grafana_|prometheus_?rule|dashboard/i;

/** Words without which a file is neither rules, dashboard, nor anything around them. */
const WORDS = /group|rule|kind|panels|elements|dashboard|receivers|alert|record|expr|apiVersion/i;
/** Words of rules and dashboards. */
const MATTERS = /\b(?:groups|PrometheusRule|alert|record|expr|panels|elements)\b/;
const TEMPLATE = /\{\{-|\{\{\s*(?:\.|(?:if|range|include|with|template|end|toYaml|define)\b)|\{%|<%/;

/**
 * Reads the documents of a YAML or JSON file.
 *
 * @param isNamed whether the file was asked for by its name, so that its extension does not matter
 */
export function documentsOf(file: SideFile, isNamed = false): Contents {
  const { path, text } = file;
  if (file.unread !== undefined) {
    const unread = { file: path, reason: file.unread, text, mayMatter: true, isWhole: true };
    return { documents: [], unread };
  }
  if (!WORDS.test(text)) return { documents: [] };
  const language = languageOf(path);
  if (language !== undefined) {
    const unread = {
      file: path,
      reason: `${language} is not evaluated`,
      text,
      mayMatter: true,
      isWhole: true,
    };
    return RULES.test(text) ? { documents: [], unread } : { documents: [] };
  }
  if (JSON_FILE.test(path)) {
    if (isTooDeep(text)) {
      const reason = 'objects and lists are nested too deeply';
      return { documents: [], unread: { file: path, reason, text, mayMatter: true, isWhole: true } };
    }
    const document = jsonDocument(text);
    if (document !== undefined) return { documents: [document] };
  } else if (!isNamed && !RULE_FILE.test(path)) return { documents: [] };
  try {
    return { documents: readYaml(text) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const isTemplate = TEMPLATE.test(text);
    const format = JSON_FILE.test(path) ? 'JSON' : 'YAML';
    const reason = isTemplate
      ? `a Helm, Jinja or similar template, not ${format}`
      : `found broken ${format} (${error.message}), expected ${format === 'JSON' ? 'a dashboard' : 'rules'}`;
    const unread = { file: path, reason, text, mayMatter: MATTERS.test(text), isWhole: true };
    return { documents: [], unread };
  }
}

/** Whether a JSON text is nested deeper than is read. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > DEEPEST_NESTING) return true;
  }
  return false;
}

function jsonDocument(text: string): Document | undefined {
  let values: unknown;
  try {
    values = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  // Only of rules is the text of a number asked for.
  if (isObject(values) && Array.isArray(values.groups)) return undefined;
  let lines: WeakMap<object, number> | undefined;
  return {
    texts: values,
    values,
    lineOf(value) {
      lines ??= linesOfJson(text, values);
      return lines.get(value as object);
    },
    placeOf: () => undefined,
  };
}

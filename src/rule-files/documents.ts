import { isObject, linesOfJson } from './json.js';
import type { SideFile, Unread } from './side.js';
import { type Document, readYaml, YamlError } from './yaml.js';

/** What could be read of a file. */
export interface Contents {
  readonly documents: readonly Document[];
  readonly unread?: Unread;
}

/** Words without which a file is neither rules, dashboard, nor anything around them. */
const WORDS = /group|rule|kind|panels|elements|dashboard|receivers|alert|record|expr|apiVersion/i;
/** Words of rules and dashboards. */
const MATTERS = /\b(?:groups|PrometheusRule|alert|record|expr|panels|elements)\b/;
const TEMPLATE =
  /\{\{-|\{\{\s*(?:\.|if|range|include|with|template|end|toYaml|define)\b|\{\{\s*\.|\{%|<%[=-]?/;

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
  if (path.endsWith('.json')) {
    const document = jsonDocument(text);
    if (document !== undefined) return { documents: [document] };
  } else if (!isNamed && !/\.(?:ya?ml|rules)$/.test(path)) return { documents: [] };
  try {
    return { documents: readYaml(text) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const isTemplate = TEMPLATE.test(text);
    const language = path.endsWith('.json') ? 'JSON' : 'YAML';
    const reason = isTemplate
      ? `a Helm, Jinja or similar template, not ${language}`
      : `found broken ${language} (${error.message}), expected ${language === 'JSON' ? 'a dashboard' : 'rules'}`;
    const unread = { file: path, reason, text, mayMatter: MATTERS.test(text), isWhole: true };
    return { documents: [], unread };
  }
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
      return typeof value === 'object' && value !== null ? lines.get(value) : undefined;
    },
    placeOf: () => undefined,
  };
}

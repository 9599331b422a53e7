import { Document, isMap, type Pair, type Scalar, visit, type YAMLMap } from 'yaml';
import type { AlertingRule, Bundle, RecordingRule, RuleGroup } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { provenanceText } from '../provenance.js';

/** One rule in the words of Prometheus's rule files. */
export interface RuleObject {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A recording rule as Prometheus reads it. */
function recordingRuleObject({ record, expr }: RecordingRule): RuleObject {
  return { record, expr };
}

/** An alerting rule as Prometheus reads it. */
function alertingRuleObject(rule: AlertingRule): RuleObject {
  return {
    alert: rule.alert,
    expr: rule.expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    ...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
    labels: rule.labels,
    annotations: rule.annotations,
  };
}

/** A rule group with what the reviewer should read above each rule. */
export interface RenderedGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly { readonly rule: RuleObject; readonly comment: string }[];
}

/** The groups of a bundle that have rules, recording rules first. */
export function renderedGroups(bundle: Bundle): RenderedGroup[] {
  const group = <Rule extends RecordingRule | AlertingRule>(
    { name, file, rules }: RuleGroup<Rule>,
    toObject: (rule: Rule) => RuleObject,
    comment: (rule: Rule) => string,
  ): RenderedGroup => ({
    name,
    file,
    rules: rules.map((rule) => ({ rule: toObject(rule), comment: comment(rule) })),
  });
  return [
    ...bundle.recordingGroups.map((g) =>
      group(g, recordingRuleObject, ({ definition }) => `${definition.help}\n${provenanceText(definition)}`),
    ),
    ...bundle.alertGroups.map((g) =>
      group(g, alertingRuleObject, ({ definition }) => provenanceText(definition)),
    ),
  ].filter(({ rules }) => rules.length > 0);
}

/** Turns text into YAML comment lines; the YAML writer adds the `#`. */
const comment = (text: string) =>
  wrap(text, 100)
    .map((line) => ` ${line}`)
    .join('\n');

/** Breaks text into lines of at most `width` characters, at spaces. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(/\s+/)) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = '';
      }
      line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

/** Writes an object as YAML: expressions of several lines as blocks, texts unfolded, comments above rules. */
export function yamlOf(value: unknown, header: string, comments: readonly string[]): string {
  const document = new Document(value);
  document.commentBefore = comment(header);
  let rule = 0;
  visit(document, {
    Pair(_, pair: Pair) {
      const key = (pair.key as Scalar).value;
      const scalar = pair.value as Scalar;
      if (key === 'expr') scalar.type = String(scalar.value).includes('\n') ? 'BLOCK_LITERAL' : 'PLAIN';
    },
    Map(_, map: YAMLMap) {
      if (isMap(map) && (map.has('record') || map.has('alert'))) {
        const text = comments[rule++];
        if (text !== undefined) {
          map.commentBefore = comment(text);
          map.spaceBefore = rule > 1;
        }
      }
    },
  });
  return document.toString({ lineWidth: 0, blockQuote: 'literal' });
}

/**
 * Rule files for Prometheus, one group a file, named alike. Mimir's and Thanos' rulers load the same files: a file
 * name is unique in the bundle, so it can serve as the ruler's namespace.
 */
export function renderPrometheusRules(bundle: Bundle): Artifact[] {
  const interval = bundle.config.evaluationInterval;
  return renderedGroups(bundle).map(({ name, file, rules }) => ({
    path: `prometheus/${name}.yaml`,
    content: yamlOf(
      { groups: [{ name, interval, rules: rules.map(({ rule }) => rule) }] },
      `${GENERATED}\nSource: ${file}`,
      rules.map((r) => r.comment),
    ),
  }));
}

import type { Config } from '../config/schema.js';

type ExternalLabels = Pick<Config, 'externalLabels'>;

/** The ways a template names a label of the alert: `$labels.x`, `.Labels.x` and `index $labels "x"`. */
const LABEL = /(\$labels|\.Labels)\.([a-zA-Z_]\w*)|index\s+(\$labels|\.Labels)\s+"([^"]+)"/g;

/** Replaces the labels that an alert does not carry when its texts are written, inside the actions of a template. */
function replaceLabels(template: string, replacement: (name: string, found: string) => string): string {
  return template.replace(/\{\{.*?\}\}/gs, (action) =>
    action.replace(LABEL, (found: string, _, dotted?: string, __?: string, indexed?: string) =>
      replacement((dotted ?? indexed) as string, found),
    ),
  );
}

/** A template for Prometheus, which adds external labels only after it has written the texts of an alert. */
export const templateForPrometheus = ({ externalLabels }: ExternalLabels, template: string): string =>
  replaceLabels(template, (name, found) =>
    Object.hasOwn(externalLabels, name)
      ? found.replace('$labels', '$externalLabels').replace('.Labels', '.ExternalLabels')
      : found,
  );

/** A template for Grafana, which has no external labels: their values are written into it. */
export const templateForGrafana = ({ externalLabels }: ExternalLabels, template: string): string =>
  replaceLabels(template, (name, found) => {
    const value = Object.hasOwn(externalLabels, name) ? externalLabels[name] : '';
    return value === undefined || value === '' ? found : JSON.stringify(value);
  });

/** The external labels with a value, which alerts that Grafana evaluates carry as additional labels. */
export const constantLabels = ({ externalLabels }: ExternalLabels): Record<string, string> =>
  Object.fromEntries(Object.entries(externalLabels).filter(([, value]) => value !== ''));

/** The same keys, with changed texts. */
export const mapValues = <Texts extends Readonly<Record<string, string>>>(
  texts: Texts,
  change: (text: string) => string,
): Texts => Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)])) as Texts;

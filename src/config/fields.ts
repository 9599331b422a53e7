import * as z from 'zod';
import { type Duration, duration, durationSeconds } from '../promql/duration.js';
import { patternFault } from '../promql/regexp.js';
import { templateFault } from '../promql/template-fault.js';
import { namesGroupWithoutP } from '../promql/validate.js';

/** A value as JSON. JSON has no NaN, no infinity and no big integers; a YAML alias can stand inside its own anchor. */
function asJson(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  } catch {
    return 'a value that contains itself';
  }
}

/** `found <value>` for a message, shortened. */
export const foundText = (value: unknown): string => {
  if (typeof value === 'function') return 'found a function';
  const text = asJson(value) ?? 'nothing';
  return `found ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
};

const YEAR = 31_536_000;

/** A duration, `least` seconds to a year long: Prometheus cannot hold much longer ones. */
export const durationField = (least: number) =>
  z
    .string({ error: (issue) => `${foundText(issue.input)}, expected a duration such as 30s, 5m or 1h30m` })
    .superRefine((text, context) => {
      try {
        duration(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return;
      }
      const seconds = durationSeconds(text as Duration);
      if (!Number.isInteger(seconds)) {
        context.addIssue({ code: 'custom', message: `${foundText(text)}, expected whole seconds` });
      } else if (seconds < least || seconds > YEAR) {
        const expected = seconds > YEAR ? 'at most 1y' : 'a duration above 0s';
        context.addIssue({ code: 'custom', message: `${foundText(text)}, expected ${expected}` });
      }
    })
    .transform((text) => text as Duration);

/** A duration of at least a second, with a default. */
export const timeField = (fallback: string, description: string) =>
  durationField(1)
    .default(fallback as Duration)
    .describe(description);

/** A number of a range, both ends included, with a default. */
export const numberField = (fallback: number, low: number, high: number, description: string) =>
  z
    .number({ error: (issue) => `${foundText(issue.input)}, expected a number from ${low} to ${high}` })
    .refine((n) => n >= low && n <= high)
    .default(fallback)
    .describe(description);

/** `true` or `false`. */
export const flagField = (fallback: boolean, description: string) =>
  z
    .boolean({ error: (issue) => `${foundText(issue.input)}, expected true or false` })
    .default(fallback)
    .describe(description);

/** `on` or `off`. YAML 1.2 reads the two words as text, YAML 1.1 as booleans, so both are taken. */
export const onOffField = (fallback: 'on' | 'off', description: string) =>
  z
    .union([z.enum(['on', 'off']), z.boolean()], {
      error: (issue) => `${foundText(issue.input)}, expected on or off`,
    })
    .transform((value): 'on' | 'off' => (typeof value === 'string' ? value : value ? 'on' : 'off'))
    .default(fallback)
    .describe(description);

/** A text; `expected` completes the message where it is none. */
export const textField = (expected: string) =>
  z.string({ error: (issue) => `${foundText(issue.input)}, expected ${expected}` });

/** A mapping of keys that are all optional; an unknown key is an error. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape, description: string) =>
  z
    .strictObject(shape, { error: (issue) => `${foundText(issue.input)}, expected a mapping of keys` })
    .prefault({} as never)
    .describe(description);

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Labels that have a fixed meaning in our rules or in Prometheus. */
const RESERVED_LABELS = ['alertname', 'severity', 'signal', 'relay', 'job', 'instance', 'le', '__name__'];

/** The name of a label that the rules may use. */
export const labelNameField = z
  .string({ error: (issue) => `${foundText(issue.input)}, expected a label name` })
  .refine((name) => LABEL_NAME.test(name), {
    error: (issue) =>
      `${foundText(issue.input)}, expected a Prometheus label name: letters, digits and _, no digit first`,
  })
  .refine((name) => !name.startsWith('__') || name === '__name__', {
    error: (issue) =>
      `${foundText(issue.input)}, expected a label that Prometheus keeps: none that begins with __`,
  })
  .refine((name) => !RESERVED_LABELS.includes(name), {
    error: (issue) => `${foundText(issue.input)}, which the rules use themselves; expected another label`,
  });

/** The value of a label or an annotation of an alert, which Prometheus reads as a template. */
const templateField = textField('a text').superRefine((value, context) => {
  const fault = templateFault(value);
  if (fault === undefined) return;
  context.addIssue({
    code: 'custom',
    message: `${foundText(value)}, expected a text or a template that Prometheus takes: this one ${fault}`,
  });
});

const labelMap = (value: z.ZodType<string>) => (description: string) =>
  z
    .record(labelNameField, value, {
      error: (issue) => `${foundText(issue.input)}, expected label names with values`,
    })
    .default({})
    .describe(description);

/** Labels with their values; none by default. */
export const labelsField = labelMap(templateField);

/** External labels of Prometheus with their values, which are no templates; none by default. */
export const externalLabelsField = labelMap(textField('a text'));

/** Annotations with their values; none by default. */
export const annotationsField = (description: string) =>
  z
    .record(
      z.string().regex(LABEL_NAME, {
        error: (issue) =>
          `${foundText(issue.input)}, expected a name of letters, digits and _, with no digit first`,
      }),
      templateField,
      { error: (issue) => `${foundText(issue.input)}, expected annotation names with values` },
    )
    .default({})
    .describe(description);

/** A regular expression that Prometheus takes, with a default. */
export const regexField = (fallback: string, description: string) =>
  textField('a regular expression')
    .min(1, { error: 'found "", expected a regular expression that selects the targets' })
    .superRefine((pattern, context) => {
      const fault =
        patternFault(pattern) ??
        (namesGroupWithoutP(pattern)
          ? 'names a group by (?<…>), which Prometheus 2 cannot read; write (?P<…>)'
          : undefined);
      if (fault === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `${foundText(pattern)}, expected another regular expression: this one ${fault}`,
      });
    })
    .default(fallback)
    .describe(description);

/** An http or https address, without the slash at its end; unset by default. */
export const urlField = (description: string) =>
  textField('an http or https URL')
    .refine((url) => /^https?:\/\/[^\s/?#][^\s?#]*$/.test(url), {
      error: (issue) => `${foundText(issue.input)}, expected an http or https URL without ? and #`,
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(description);

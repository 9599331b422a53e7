import { z } from 'zod';
import { type Duration, duration, durationSeconds } from '../promql/duration.js';
import { patternFault } from '../promql/regexp.js';

export const found = (value: unknown): string => {
  // JSON has no NaN and no infinity.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return `found ${text === undefined ? 'nothing' : text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
};

const YEAR = 31_536_000;

/** A duration, `least` seconds to a year long: Prometheus cannot hold much longer ones. */
export const durationKey = (least: number) =>
  z
    .string({ error: (issue) => `${found(issue.input)}, expected a duration such as 30s, 5m or 1h30m` })
    .superRefine((text, context) => {
      try {
        duration(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return;
      }
      const seconds = durationSeconds(text as Duration);
      if (!Number.isInteger(seconds)) {
        context.addIssue({ code: 'custom', message: `${found(text)}, expected whole seconds` });
      } else if (seconds < least || seconds > YEAR) {
        const expected = seconds > YEAR ? 'at most 1y' : 'a duration above 0s';
        context.addIssue({ code: 'custom', message: `${found(text)}, expected ${expected}` });
      }
    })
    .transform((text) => text as Duration);

export const time = (fallback: string, description: string) =>
  durationKey(1)
    .default(fallback as Duration)
    .describe(description);

export const number = (fallback: number, low: number, high: number, description: string) =>
  z
    .number({ error: (issue) => `${found(issue.input)}, expected a number from ${low} to ${high}` })
    .refine((n) => n >= low && n <= high, {
      error: (issue) => `${found(issue.input)}, expected a number from ${low} to ${high}`,
    })
    .default(fallback)
    .describe(description);

export const text = (expected: string) =>
  z.string({ error: (issue) => `${found(issue.input)}, expected ${expected}` });

export const section = <Shape extends z.ZodRawShape>(shape: Shape, description: string) =>
  z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'invalid_type' ? `${found(issue.input)}, expected a mapping of keys` : undefined,
    })
    .prefault({} as never)
    .describe(description);

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Labels that our rules and Prometheus give a meaning of their own. */
const RESERVED_LABELS = ['alertname', 'severity', 'signal', 'relay', 'job', 'instance', 'le', '__name__'];

export const labelName = z
  .string({ error: (issue) => `${found(issue.input)}, expected a label name` })
  .refine((name) => LABEL_NAME.test(name), {
    error: (issue) =>
      `${found(issue.input)}, expected a Prometheus label name: letters, digits and _, no digit first`,
  })
  .refine((name) => !name.startsWith('__') || name === '__name__', {
    error: (issue) =>
      `${found(issue.input)}, expected a label that Prometheus keeps: none that begins with __`,
  })
  .refine((name) => !RESERVED_LABELS.includes(name), {
    error: (issue) => `${found(issue.input)}, which the rules use themselves; expected another label`,
  });

export const labels = (description: string) =>
  z
    .record(labelName, text('a text'), {
      error: (issue) =>
        issue.code === 'invalid_type' ? `${found(issue.input)}, expected label names with values` : undefined,
    })
    .default({})
    .describe(description);

export const regex = (fallback: string, description: string) =>
  text('a regular expression')
    .min(1, { error: 'found "", expected a regular expression that selects the targets' })
    .superRefine((pattern, context) => {
      const fault = patternFault(pattern);
      if (fault === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `${found(pattern)}, expected another regular expression: this one ${fault}`,
      });
    })
    .default(fallback)
    .describe(description);

export const baseUrl = (description: string) =>
  text('an http or https URL')
    .refine((url) => /^https?:\/\/[^\s/?#]+[^\s?#]*$/.test(url), {
      error: (issue) => `${found(issue.input)}, expected an http or https URL without ? and #`,
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(description);

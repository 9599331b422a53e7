import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import type { GatewayObservabilityArgs } from './component.js';
import { ProgramError } from './program-error.js';

/** The stack's configuration is wrong. */
export class SettingsError extends ProgramError {}

const text = (what: string) =>
  z.string({ error: (issue) => `found ${JSON.stringify(issue.input)}, expected ${what}` }).min(1);
const trueOrFalse = z.boolean({
  error: (issue) => `found ${JSON.stringify(issue.input)}, expected true or false`,
});

const schema = z.strictObject({
  artifacts: text('a folder').optional(),
  folderTitle: text('a title').optional(),
  folderUid: text('a uid')
    .regex(/^[a-zA-Z0-9_-]{1,40}$/, {
      error: (issue) => `found ${JSON.stringify(issue.input)}, expected at most 40 letters, digits, - and _`,
    })
    .optional(),
  parentFolderUid: text('a uid').optional(),
  existingFolder: trueOrFalse.optional(),
  keepFolder: trueOrFalse.optional(),
  dashboards: z
    .array(text('a uid'), {
      error: (issue) => `found ${JSON.stringify(issue.input)}, expected a list of uids`,
    })
    .optional(),
  message: text('a text').optional(),
  alertRules: trueOrFalse.optional(),
  contactPoint: text('the name of a contact point').optional(),
  emails: z
    .array(text('an address'), {
      error: (issue) => `found ${JSON.stringify(issue.input)}, expected a list of addresses`,
    })
    .optional(),
  severities: z
    .array(
      z.enum(['critical', 'warning', 'info'], {
        error: (issue) => `found ${JSON.stringify(issue.input)}, expected critical, warning or info`,
      }),
      {
        error: (issue) =>
          `found ${JSON.stringify(issue.input)}, expected a list of critical, warning and info`,
      },
    )
    .optional(),
  notificationPolicies: z
    .literal('replace the whole tree', {
      error: (issue) => `found ${JSON.stringify(issue.input)}, expected the words "replace the whole tree"`,
    })
    .optional(),
});

/** Keys of the stack's configuration, `gateway-observability:<key>`. */
const SETTINGS = Object.keys(schema.shape);

/** Those whose values are JSON. The others are texts. */
const JSON_SETTINGS: ReadonlySet<string> = new Set<keyof z.infer<typeof schema>>([
  'existingFolder',
  'keepFolder',
  'dashboards',
  'alertRules',
  'emails',
  'severities',
]);

/** Read apart: its value never becomes plain text. */
export const SECRET_SETTING = 'webhookUrl';

/** The text of a key, or undefined; as `pulumi.Config.get`. */
export type ReadSetting = (key: string) => string | undefined;

/** The value of a key. A JSON value that cannot be parsed stays text, which the schema then names. */
function settingValue(key: string, value: string | undefined): unknown {
  if (value === undefined || !JSON_SETTINGS.has(key)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/**
 * The component's arguments from a stack's configuration. Throws {@link SettingsError} that lists every problem with its key.
 *
 * @param known all keys of the project's configuration that are set
 */
export function argsOf(get: ReadSetting, known: readonly string[]): GatewayObservabilityArgs {
  const problems: string[] = [];
  for (const key of known) {
    if (!SETTINGS.includes(key) && key !== SECRET_SETTING) {
      problems.push(`${key}: unknown key; expected one of ${[...SETTINGS, SECRET_SETTING].join(', ')}`);
    }
  }
  const result = schema.safeParse(
    Object.fromEntries(SETTINGS.map((key) => [key, settingValue(key, get(key))])),
  );
  if (!result.success) {
    problems.push(...result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  }
  if (known.includes(SECRET_SETTING) && get('contactPoint') === undefined) {
    problems.push(`${SECRET_SETTING}: found no gateway-observability:contactPoint, expected its name`);
  }
  if (problems.length > 0 || !result.success) {
    throw new SettingsError(problems.map((problem) => `gateway-observability:${problem}`).join('\n'));
  }
  return componentArgs(result.data);
}

function componentArgs(s: z.infer<typeof schema>): GatewayObservabilityArgs {
  const folder = {
    ...(s.folderTitle === undefined ? {} : { title: s.folderTitle }),
    ...(s.folderUid === undefined ? {} : { uid: s.folderUid }),
    ...(s.parentFolderUid === undefined ? {} : { parentUid: s.parentFolderUid }),
    ...(s.existingFolder === undefined ? {} : { existing: s.existingFolder }),
    ...(s.keepFolder === undefined ? {} : { keepOnDestroy: s.keepFolder }),
  };
  return {
    folder,
    ...(s.artifacts === undefined ? {} : { artifacts: s.artifacts }),
    ...(s.dashboards === undefined ? {} : { dashboards: s.dashboards }),
    ...(s.message === undefined ? {} : { message: s.message }),
    ...(s.alertRules === undefined ? {} : { alertRules: s.alertRules }),
    ...(s.contactPoint === undefined
      ? {}
      : {
          notifications: {
            contactPoint: s.contactPoint,
            ...(s.emails === undefined ? {} : { emails: s.emails }),
            ...(s.severities === undefined ? {} : { severities: s.severities }),
          },
        }),
    ...(s.notificationPolicies === undefined ? {} : { notificationPolicies: s.notificationPolicies }),
  };
}

/**
 * The folder of the generated files: what the setting says, relative to the project's folder. Undefined for a project with neither the setting nor
 * generated files.
 *
 * @param root the folder of Pulumi.yaml
 */
export function artifactsFolder(setting: string | undefined, root: string): string | undefined {
  const folder = resolve(root, setting ?? 'generated');
  return setting === undefined && !existsSync(folder) ? undefined : folder;
}

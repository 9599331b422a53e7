import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '@pulumi/pulumi';
import { z } from 'zod';
import { CHECKSUMS, checksum } from '../renderers/checksums.js';
import { GRAFANA_ALERT_RULES, type GrafanaRuleGroup } from '../renderers/grafana/alert-rules.js';
import { definitionsChecksum } from '../renderers/index.js';
import { detectionScenarios } from '../simulator/detection.js';

/**
 * The generated files are not as they were generated or cannot be read, or the arguments do not go together: nothing is deployed then. Pulumi
 * shows the message of a `RunError` alone, without a stack that would help nobody.
 */
export class ArtifactError extends RunError {}

/** A dashboard as it was generated. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  /** The file's text, byte for byte. */
  readonly json: string;
}

/** What is deployed. */
export interface Artifacts {
  readonly dashboards: readonly DashboardFile[];
  /** Undefined where the configuration yields no rules that Grafana takes. */
  readonly ruleGroups: readonly GrafanaRuleGroup[] | undefined;
}

const REMEDY =
  'run `npx gateway-observability generate` (with your --config and --out), review the diff, and deploy again';
const DASHBOARDS = 'grafana/dashboards';

const checksumsSchema = z.object({
  definitions: z.string().optional(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/**
 * Reads the generated files of a folder, after proving by their checksums that nobody changed one by hand, and that they were generated from the
 * definitions of this version: what was reviewed is what ships.
 * Throws {@link ArtifactError} that names every such file and the remedy.
 */
export function readArtifacts(folder: string): Artifacts {
  const { definitions, files } = checksums(folder);
  if (definitions !== definitionsChecksum(detectionScenarios)) {
    throw new ArtifactError(
      `${folder}: stale: generated from other definitions than those of this version: ${REMEDY}`,
    );
  }
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const [path, expected] of Object.entries(files)) {
    let text: string;
    try {
      text = readFileSync(join(folder, path), 'utf8');
    } catch (error) {
      problems.push(
        `${path}: cannot be read (${(error as NodeJS.ErrnoException).code}), expected as generated`,
      );
      continue;
    }
    if (checksum(text) === expected) texts.set(path, text);
    else problems.push(`${path}: was changed after it was generated`);
  }
  for (const path of readdirSync(join(folder, DASHBOARDS)).map((name) => `${DASHBOARDS}/${name}`)) {
    if (!(path in files)) problems.push(`${path}: was not generated`);
  }
  if (problems.length > 0) throw new ArtifactError(`${folder}: ${problems.join('; ')}: ${REMEDY}`);
  const rules = texts.get(GRAFANA_ALERT_RULES);
  return {
    dashboards: [...texts]
      .filter(([path]) => path.startsWith(`${DASHBOARDS}/`))
      .map(([, json]) => {
        const { uid, title } = JSON.parse(json) as { uid: string; title: string };
        return { uid, title, json };
      }),
    ruleGroups:
      rules === undefined ? undefined : (JSON.parse(rules) as { groups: GrafanaRuleGroup[] }).groups,
  };
}

function checksums(folder: string): z.infer<typeof checksumsSchema> {
  const file = join(folder, CHECKSUMS);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ArtifactError(
      `${file}: cannot be read (${reason}), expected the checksums of generated files: ${REMEDY}`,
    );
  }
  const result = checksumsSchema.safeParse(value);
  if (!result.success) {
    throw new ArtifactError(`${file}: found something else than checksums of files: ${REMEDY}`);
  }
  return result.data;
}

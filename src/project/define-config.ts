import type { OwnDefinitions } from '../bundle/own.js';
import type { ConfigInput } from '../config/schema.js';
import type { RuleCase } from '../model/rule-case.js';

/** What a configuration file in TypeScript exports: the site, and definitions that are added to those of this package. */
export interface ProjectConfig extends OwnDefinitions {
  /** The settings of `site.yaml`. Leave it out if there is a `site.yaml`; if both are there, they have to agree. */
  readonly site?: ConfigInput;
  /** Cases of your rules, which `gateway-observability test` runs with promtool. */
  readonly cases?: readonly RuleCase[];
}

/**
 * Types a configuration. Export the result as the default of `gateway-observability.config.ts`; every command reads that file
 * from the working directory.
 */
export const defineConfig = (config: ProjectConfig): ProjectConfig => config;

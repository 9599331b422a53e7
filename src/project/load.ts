import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { buildBundle } from '../bundle/build.js';
import type { Bundle, Definitions } from '../bundle/bundle.js';
import { definitions } from '../bundle/definitions.js';
import { withOwn } from '../bundle/own.js';
import { ConfigError, type ConfigProblem } from '../config/error.js';
import { parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { RuleCase } from '../model/rule-case.js';

/** The names of a configuration file with definitions, of which a folder holds at most one. */
export const CONFIG_FILES = ['ts', 'mts', 'js', 'mjs'].map((end) => `gateway-observability.config.${end}`);
/** The settings of a site without code. */
const SITE_FILE = 'site.yaml';
/** Names that a user may choose for these files, but that are not read. */
const UNREAD_CONFIG_FILES = ['cjs', 'cts', 'tsx', 'jsx', 'json', 'yaml', 'yml'].map(
  (end) => `gateway-observability.config.${end}`,
);
const UNREAD_SITE_FILES = ['site.yml'];

/** A site's settings, and all definitions for it. */
export interface Project {
  readonly config: Config;
  readonly definitions: Definitions;
  /** Cases of the team's own rules. */
  readonly cases: readonly RuleCase[];
  /** The files that were read, as messages name them; none where only the defaults apply. */
  readonly files: readonly string[];
  /** Whether any file has settings of the site. */
  readonly hasSettings: boolean;
  /** The names of the settings in the files, such as `thresholds`; those with an empty value are left out. */
  readonly written: readonly string[];
  /** Where the settings come from, for messages. */
  readonly source: string;
}

/** Where the parts of a project are. */
interface Files {
  readonly definitions: string | undefined;
  readonly site: string | undefined;
}

/**
 * Loads the configuration of a working directory: `site.yaml` for the settings, and `gateway-observability.config.ts` for
 * definitions, and for the settings where there is no `site.yaml`. This runs the code in that file.
 *
 * @param file a YAML file, which takes the place of `site.yaml`; or a file with definitions, which takes the place of the one in
 *   the working directory, with the `site.yaml` beside it
 * @param directory the working directory
 * @throws {ConfigError} for files that cannot be used, and for settings in both files that differ
 */
export async function loadProject(file?: string, directory = process.cwd()): Promise<Project> {
  const files = filesOf(file, directory);
  const found = [files.site, files.definitions].filter((one) => one !== undefined);
  const inYaml =
    files.site === undefined ? undefined : await readYaml(resolve(directory, files.site), files.site);
  const fromYaml = files.site === undefined ? undefined : parseConfig(inYaml, files.site);
  if (files.definitions === undefined) {
    return {
      config: fromYaml ?? parseConfig({}),
      definitions: definitions(),
      cases: [],
      files: found,
      hasSettings: fromYaml !== undefined,
      written: namesIn(inYaml),
      source: files.site ?? 'configuration',
    };
  }
  const { defaultExportOf } = await import('./module.js');
  const { projectConfigOf } = await import('./shape.js');
  const exported = await defaultExportOf(resolve(directory, files.definitions), files.definitions);
  const { site, cases = [], ...own } = projectConfigOf(exported, files.definitions);
  const inCode = `${files.definitions}: site`;
  const fromCode = site === undefined ? undefined : parseConfig(site, inCode);
  if (fromYaml !== undefined && fromCode !== undefined)
    requireEqual(fromCode, fromYaml, { inCode, site: files.site as string });
  return {
    config: fromYaml ?? fromCode ?? parseConfig({}),
    definitions: withOwn(definitions(), own, files.definitions),
    cases,
    files: found,
    hasSettings: fromYaml !== undefined || fromCode !== undefined,
    written: [...new Set([...namesIn(inYaml), ...namesIn(site)])],
    source: files.site ?? (fromCode === undefined ? 'configuration' : inCode),
  };
}

/**
 * Loads the configuration of a working directory, and builds its bundle.
 *
 * @throws {ConfigError} as {@link loadProject}, and for settings that do not fit the definitions
 */
export async function projectBundle(file?: string, directory?: string): Promise<Bundle> {
  const project = await loadProject(file, directory);
  return buildBundle(project.config, project.definitions, project.source);
}

/** The names of the settings that are written, with a value. */
const namesIn = (settings: unknown): string[] =>
  isMapping(settings)
    ? Object.keys(settings).filter((name) => {
        const value = settings[name];
        return value !== undefined && !(isMapping(value) && Object.keys(value).length === 0);
      })
    : [];

/** The reader of YAML is loaded only where there is something to read. */
async function readYaml(place: string, file: string): Promise<unknown> {
  const { readSettings } = await import('../config/file.js');
  return readSettings(place, file);
}

const isCode = (file: string) => /\.[cm]?[jt]s$/.test(file);

function filesOf(file: string | undefined, directory: string): Files {
  if (file !== undefined && isCode(file)) {
    return { definitions: file, site: siteFileIn(dirname(file), directory) };
  }
  const [definitionsFile, ...more] = CONFIG_FILES.filter((name) => existsSync(join(directory, name)));
  if (more.length > 0)
    throw new ConfigError(more[0] as string, [
      { field: '', message: `found ${definitionsFile} as well, expected one of the two` },
    ]);
  if (definitionsFile === undefined) refuseUnread(UNREAD_CONFIG_FILES, CONFIG_FILES, '.', directory);
  return { definitions: definitionsFile, site: file ?? siteFileIn('.', directory) };
}

/** The file of settings in a folder, if there is one. */
function siteFileIn(folder: string, directory: string): string | undefined {
  const site = join(folder, SITE_FILE);
  if (existsSync(resolve(directory, site))) return site;
  refuseUnread(UNREAD_SITE_FILES, [SITE_FILE], folder, directory);
  return undefined;
}

/** Without this, such a file would be ignored, and the defaults would apply in silence. */
function refuseUnread(
  names: readonly string[],
  expected: readonly string[],
  folder: string,
  directory: string,
): void {
  const found = names.map((name) => join(folder, name)).find((name) => existsSync(resolve(directory, name)));
  if (found !== undefined)
    throw new ConfigError(found, [
      { field: '', message: `is not read under this name; expected ${expected.join(', ')}` },
    ]);
}

/** Two descriptions of one site are a mistake as soon as they differ: neither wins. */
function requireEqual(
  fromCode: Config,
  fromYaml: Config,
  { inCode, site }: { readonly inCode: string; readonly site: string },
): void {
  const problems = differences(fromCode, fromYaml, site);
  if (problems.length > 0) throw new ConfigError(inCode, problems);
}

function differences(
  inCode: unknown,
  inYaml: unknown,
  site: string,
  path: readonly string[] = [],
): ConfigProblem[] {
  if (isDeepStrictEqual(inCode, inYaml)) return [];
  if (!isMapping(inCode) || !isMapping(inYaml)) {
    const message = `is ${shown(inCode)} here, but ${shown(inYaml)} in ${site}, defaults included; expected the site's settings in one of the two files`;
    return [{ field: path.join('.'), message }];
  }
  return [...new Set([...Object.keys(inCode), ...Object.keys(inYaml)])].flatMap((key) =>
    differences(inCode[key], inYaml[key], site, [...path, key]),
  );
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import { isObject } from '../../src/rule-files/json.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { SideFile } from '../../src/rule-files/side.js';
import { readYaml, YamlError } from '../../src/rule-files/yaml.js';
import { filesWithTargets } from '../targets.js';
import type { Sample } from './silent-changes.js';

/** Panels of one sample: a comparison reads every query of a dashboard. */
const PANELS = 4;

/** The rules, dashboards and manifests below a folder, in small pieces. */
export const samplesIn = (folder: string): Sample[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) => samplesOf({ path, text: readFileSync(path, 'utf8') }));

/** What a file holds, in small pieces; nothing where it has no rules, dashboards or manifests. */
function samplesOf(file: SideFile): Sample[] {
  const side = readSide([file]);
  if (side.groups.length + side.dashboards.length + side.objects.length === 0) return [];
  return documentsOf(file.text).flatMap((value) =>
    pieces(value).map((piece) => ({ path: file.path, value: piece })),
  );
}

function documentsOf(text: string): unknown[] {
  try {
    return readYaml(text)
      .slice(0, 1)
      .map(({ values }) => structuredClone(JSON.parse(JSON.stringify(values))));
  } catch (error) {
    if (error instanceof YamlError) return [];
    throw error;
  }
}

/** A dashboard as dashboards of a few panels; anything else as it is. */
// biome-ignore lint/suspicious/noExplicitAny: any JSON
function pieces(value: any): unknown[] {
  if (Array.isArray(value?.panels)) {
    return cut(value.panels).map((panels) => ({ ...value, panels }));
  }
  const elements = value?.spec?.elements;
  if (isObject(elements)) {
    return cut(Object.entries(elements)).map((some) => ({
      ...value,
      spec: { ...value.spec, elements: Object.fromEntries(some) },
    }));
  }
  return [value];
}

function cut<T>(list: readonly T[]): T[][] {
  const parts = Array.from({ length: Math.ceil(list.length / PANELS) }, (_, i) =>
    list.slice(i * PANELS, (i + 1) * PANELS),
  );
  return parts.length === 0 ? [[]] : parts;
}

/** Our own bundle, and what is written in the style of other people's. */
export const committedSamples = (): Sample[] => [
  ...[
    'generated/prometheus',
    'generated/grafana',
    'test/fixtures/foreign',
    'test/fixtures/review',
    'test/fixtures/others',
  ].flatMap((folder) => samplesIn(join(packageRoot, folder))),
  ...[...filesWithTargets()]
    .filter(([path]) => /^(?:kubernetes\/rules|grafana-v2)\//.test(path))
    .flatMap(([path, text]) => samplesOf({ path, text })),
];

import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  FieldType,
  type GrafanaTheme2,
  type InterpolateFunction,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardTransformers,
  thresholdsOverrideProcessor,
  toDataFrame,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { lastValueFrom, of } from 'rxjs';
import type { PanelJson, TransformationJson } from '../../src/view/dashboard-json.js';
import type { Frame } from '../../src/view/frames.js';
import { KNOWN_PANELS, STANDARD_PROPERTIES } from '../../src/view/known.js';

const PROCESSORS: Readonly<Record<string, unknown>> = {
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  displayName: displayNameOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  links: dataLinksOverrideProcessor,
};

/** The packages ship no registry of field settings: this one has those that the preview knows. */
function registryOf(type: string): FieldConfigOptionsRegistry {
  const item = (path: string, isCustom: boolean): FieldConfigPropertyItem => {
    const process = (isCustom ? undefined : PROCESSORS[path]) ?? identityOverrideProcessor;
    return {
      id: isCustom ? `custom.${path}` : path,
      path,
      isCustom,
      name: path,
      process,
      shouldApply: () => true,
      override: () => null,
      editor: () => null,
      settings: {},
    } as unknown as FieldConfigPropertyItem;
  };
  return new FieldConfigOptionsRegistry(() => [
    ...STANDARD_PROPERTIES.map((path) => item(path, false)),
    ...Object.keys(KNOWN_PANELS[type]?.custom ?? {}).map((path) => item(path, true)),
  ]);
}

/** A panel's settings together with Grafana's own values for what it leaves out. */
export function fieldConfigOf(panel: PanelJson): FieldConfigSource {
  const known = KNOWN_PANELS[panel.type];
  if (known === undefined) throw new Error(`no panel type ${panel.type}`);
  const { defaults = {}, overrides = [] } = structuredClone(panel.fieldConfig) ?? {};
  const config = {
    defaults: {
      color: { mode: known.color },
      thresholds: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'green' },
          { value: 80, color: 'red' },
        ],
      },
      mappings: [],
      ...defaults,
      custom: { ...known.custom, ...((defaults.custom as object | undefined) ?? {}) },
    },
    overrides,
  };
  const list = [
    config.defaults.thresholds,
    ...overrides.flatMap(({ properties }) =>
      properties.filter(({ id }) => id === 'thresholds').map(({ value }) => value),
    ),
  ] as { steps: { value: number | null }[] }[];
  // JSON has no -Infinity, so the lowest step is null there.
  for (const { steps } of list) {
    for (const step of steps) if (step.value === null) step.value = Number.NEGATIVE_INFINITY;
  }
  return config as unknown as FieldConfigSource;
}

/** Runs a panel's transformations by Grafana's own code. */
async function transformed(
  frames: DataFrame[],
  transformations: readonly TransformationJson[],
  interpolate: InterpolateFunction,
): Promise<DataFrame[]> {
  let current = frames;
  for (const { id, options, disabled, filter } of transformations) {
    if (disabled === true) continue;
    if (filter !== undefined && filter !== null)
      throw new Error(`transformation ${id}: the preview knows no filter`);
    const transformer = Object.values(standardTransformers).find((candidate) => candidate.id === id);
    if (transformer === undefined) throw new Error(`no transformation ${id}`);
    const given = { ...transformer.defaultOptions, ...(options as object) };
    current = await lastValueFrom(of(current).pipe(transformer.operator(given, { interpolate })));
  }
  return current;
}

/** Frames with everything applied that a panel says about its fields. */
export async function preparedFrames(
  panel: PanelJson,
  raw: readonly Frame[],
  theme: GrafanaTheme2,
  interpolate: InterpolateFunction,
): Promise<DataFrame[]> {
  const frames = await transformed(
    raw.map((frame) => toDataFrame(structuredClone(frame))),
    panel.transformations ?? [],
    interpolate,
  );
  const ready = applyFieldOverrides({
    data: frames,
    fieldConfig: fieldConfigOf(panel),
    fieldConfigRegistry: registryOf(panel.type),
    replaceVariables: interpolate,
    theme,
    timeZone: 'utc',
  });
  cacheFieldDisplayNames(ready);
  for (const field of ready.flatMap(({ fields }) => fields)) removeLinksOfEmptyValues(field);
  return ready;
}

/** A label that a series does not have is an empty cell. Its links would lead to nothing. */
function removeLinksOfEmptyValues(field: DataFrame['fields'][number]): void {
  const { getLinks, values } = field;
  if (getLinks === undefined) return;
  field.getLinks = (config) => {
    const value = config.valueRowIndex === undefined ? undefined : values[config.valueRowIndex];
    return value === '' || value === null ? [] : getLinks(config);
  };
}

/** Whether there is nothing to draw. */
export function isEmpty(frames: readonly DataFrame[]): boolean {
  return !frames.some(
    (frame) => frame.length > 0 && frame.fields.some(({ type }) => type !== FieldType.time),
  );
}

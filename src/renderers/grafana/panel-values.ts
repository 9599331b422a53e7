import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelThreshold, ValueMapping } from '../../model/dashboard.js';

/** The data source that the variable of every dashboard names. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** `build()` returns the builder's own object; what is changed afterwards must be a copy. */
export function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

// The base colour of what is good: blue, since green and red look alike to many.
const GOOD = 'semi-dark-blue';

/** What is not measured: neither good nor bad, on a light and on a dark page. */
const GREY = '#6b717b';

/** A cell whose value is not known, and one that is neither good nor bad: the text of the page can be read on both. */
const EMPTY_CELL = 'rgba(128, 135, 145, 0.2)';
const PLAIN_CELL = 'transparent';

const BELOW_ALL = Number.NEGATIVE_INFINITY;

/** For values whose words have the colours: what has no word is neither good nor bad. */
export const NO_COLOR: readonly PanelThreshold[] = [{ value: BELOW_ALL, color: GREY }];

/**
 * The same steps where no value is grey. Grafana gives the lowest color to what has no value, so the color of good begins at 0. Not for lines,
 * where every step is drawn.
 */
export const greyWithoutValue = (steps: readonly PanelThreshold[]): readonly PanelThreshold[] =>
  steps[0]?.value === BELOW_ALL ? steps : [...NO_COLOR, { value: 0, color: GOOD }, ...steps];

/** The same steps as backgrounds of cells: only what deserves a look is filled, and faintly what is not known. */
export const cellSteps = (
  steps: readonly PanelThreshold[],
  { isEmptyUnknown }: { readonly isEmptyUnknown: boolean },
): readonly PanelThreshold[] =>
  greyWithoutValue(steps).map(({ value, color }) => ({
    value,
    color:
      color === GREY && isEmptyUnknown
        ? EMPTY_CELL
        : color === GREY || color === GOOD || color === 'text'
          ? PLAIN_CELL
          : color,
  }));

export function thresholds(steps: readonly PanelThreshold[]): sdk.ThresholdsConfigBuilder {
  const base = steps[0]?.value === BELOW_ALL ? steps[0].color : GOOD;
  return new sdk.ThresholdsConfigBuilder()
    .mode(sdk.ThresholdsMode.Absolute)
    .steps([
      { value: null, color: base },
      ...steps.filter(({ value }) => Number.isFinite(value)).map(({ value, color }) => ({ value, color })),
    ]);
}

export function valueMappings(mappings: readonly ValueMapping[]): sdk.ValueMapping[] {
  const values = mappings.flatMap((mapping) => ('value' in mapping ? [mapping] : []));
  const ranges = mappings.flatMap((mapping) => ('from' in mapping ? [mapping] : []));
  const named = values.filter(({ value }) => value !== 'null');
  const empty = values.find(({ value }) => value === 'null');
  const result = ({ text, color }: ValueMapping, index: number) => ({
    text,
    index,
    ...(color === undefined ? {} : { color }),
  });
  return [
    ...(named.length === 0
      ? []
      : [
          {
            type: sdk.MappingType.ValueToText,
            options: Object.fromEntries(
              named.map((mapping, index) => [String(mapping.value), result(mapping, index)]),
            ),
          } as sdk.ValueMapping,
        ]),
    ...ranges.map(
      (mapping, index) =>
        ({
          type: sdk.MappingType.RangeToText,
          options: { from: mapping.from, to: mapping.to, result: result(mapping, named.length + index) },
        }) as sdk.ValueMapping,
    ),
    ...(empty === undefined
      ? []
      : [
          {
            type: sdk.MappingType.SpecialValue,
            options: {
              match: sdk.SpecialValueMatch.Null,
              result: result(empty, named.length + ranges.length),
            },
          } as sdk.ValueMapping,
        ]),
  ];
}

/** A relay's key, of which twelve characters are shown. */
const KEY = '([0-9a-f]{12})[0-9a-f]{52}';

/** Shortens keys in the names of lines. Their labels keep the whole key, for links. */
export const shortNames: sdk.DataTransformerConfig = {
  id: 'renameByRegex',
  options: { regex: `(.*?)${KEY}(.*)`, renamePattern: '$1$2$3' },
};

/** Shortens a key in a cell. Its value is still the whole key, for links. */
export const shortKey: sdk.ValueMapping = {
  type: sdk.MappingType.RegexToText,
  options: { pattern: `^${KEY}$`, result: { text: '$1', index: 0 } },
};

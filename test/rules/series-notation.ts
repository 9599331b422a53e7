/**
 * The notation of the series in the cases: promtool's, as far as the cases use it. A series is a list of items with spaces between them. Each
 * item stands for one or more samples, 30 s apart; the first is at 0.
 *
 * A and B stand for numbers, N for a count. With `x` an item has one sample more than N, but `_xN` has N gaps: `5x3` is `5 5 5 5`, `_x3`
 * is `_ _ _`.
 */
export const seriesNotation: readonly {
  readonly item: string;
  readonly meaning: string;
  readonly example: string;
  /** What a query finds at 0, 30 s, 1 min, ... in the example; `undefined` for nothing. */
  readonly found: readonly (number | undefined)[];
}[] = [
  {
    item: 'A',
    meaning: 'one sample with the value A',
    example: '5 -7',
    found: [5, -7, -7],
  },
  {
    item: 'AxN',
    meaning: 'A, and N times A again',
    example: '5x3 7',
    found: [5, 5, 5, 5, 7],
  },
  {
    item: 'A+BxN',
    meaning: 'A, and N times B more than before',
    example: '5+10x3 7',
    found: [5, 15, 25, 35, 7],
  },
  {
    item: 'A-BxN',
    meaning: 'A, and N times B less than before',
    example: '5-10x3 7',
    found: [5, -5, -15, -25, 7],
  },
  {
    item: '_',
    meaning:
      'no sample, as when a scrape fails; a query still finds the sample before it if that is less than 5 minutes old',
    example: '_ 5 _ 7',
    found: [undefined, 5, 5, 7],
  },
  {
    item: '_xN',
    meaning: 'N times no sample',
    example: '5 _x3 7',
    found: [5, 5, 5, 5, 7],
  },
  {
    item: 'stale',
    meaning:
      'the end of the series, as when the target or the series disappears: a query no longer finds the sample before it',
    example: '5 stale _ 7',
    found: [5, undefined, undefined, 7],
  },
];

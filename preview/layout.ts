/** Width of a picture in pixels. */
export const PICTURE_WIDTH = 1280;
const MARGIN = 8;
const CELL = 30;
const column = (PICTURE_WIDTH - 2 * MARGIN - 23 * MARGIN) / 24;

/** Width in pixels of a panel of so many columns. */
export const panelWidth = (columns: number): number => Math.floor(columns * column + (columns - 1) * MARGIN);

/** Height in pixels of a panel of so many rows of the grid. */
export const panelHeight = (rows: number): number => rows * CELL + (rows - 1) * MARGIN;

/** Pixels from the left edge of the grid. */
export const panelLeft = (x: number): number => Math.round(x * (column + MARGIN));

/** Pixels from the upper edge of the grid. */
export const panelTop = (y: number): number => y * (CELL + MARGIN);

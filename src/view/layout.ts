/** Width of a page in pixels where none is given. */
export const PICTURE_WIDTH = 1280;
/** Pixels around the page and between panels. */
export const MARGIN = 8;
const CELL = 30;
const COLUMNS = 24;

/** Pixels of one column of a page of so many pixels. */
const column = (page: number): number => (page - 2 * MARGIN - (COLUMNS - 1) * MARGIN) / COLUMNS;

/** Width in pixels of a panel of so many columns. */
export const panelWidth = (columns: number, page = PICTURE_WIDTH): number =>
  Math.floor(columns * column(page) + (columns - 1) * MARGIN);

/** Height in pixels of a panel of so many rows of the grid. */
export const panelHeight = (rows: number): number => rows * CELL + (rows - 1) * MARGIN;

/** Pixels from the left edge of the grid. */
export const panelLeft = (x: number, page = PICTURE_WIDTH): number => Math.round(x * (column(page) + MARGIN));

/** Pixels from the upper edge of the grid. */
export const panelTop = (y: number): number => y * (CELL + MARGIN);

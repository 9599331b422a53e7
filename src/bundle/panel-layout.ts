import type { DashboardDefinition, PanelDefinition } from '../model/dashboard.js';

/** A panel with its place on the grid of 24 columns. */
export interface PlacedPanel {
  readonly panel: PanelDefinition;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Columns of Grafana's grid. */
export const COLUMNS = 24;

/** Height of a row's title line. */
export const ROW_TITLE_HEIGHT = 1;

/**
 * Places the panels of each row from left to right and wraps where the next one does not fit. A line is as high
 * as its highest panel, so nothing overlaps.
 */
export function layOut(dashboard: DashboardDefinition): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  let y = 0;
  dashboard.rows.forEach((definition, row) => {
    y += ROW_TITLE_HEIGHT;
    const top = y;
    let x = 0;
    let lineHeight = 0;
    for (const panel of definition.panels) {
      if (x + panel.width > COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      placed.push({ panel, row, x, y, width: panel.width, height: panel.height });
      x += panel.width;
      lineHeight = Math.max(lineHeight, panel.height);
    }
    // The panels of a collapsed row have their places below it, but take no room.
    y = definition.collapsed === true ? top : y + lineHeight;
  });
  return placed;
}

import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';

/** A panel or row at its place on the page; `y` counts rows of the grid. */
export interface Placed {
  readonly panel: PanelJson;
  readonly y: number;
  /** Of a row: whether its panels are shown. */
  readonly isOpen?: boolean;
  /** Of a row: how many panels it has. */
  readonly count?: number;
}

/**
 * The panels of a dashboard where some rows are open and others are not: what stands below a row moves up or down.
 *
 * @param isOpen whether a row shows its panels, given what the dashboard says of it
 */
export function arranged(
  { panels }: DashboardJson,
  isOpen: (row: PanelJson, byDefault: boolean) => boolean,
): Placed[] {
  const sorted = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const sections: { row?: PanelJson; content: PanelJson[] }[] = [{ content: [] }];
  for (const panel of sorted) {
    if (panel.type === 'row') sections.push({ row: panel, content: [...(panel.panels ?? [])] });
    else sections.at(-1)?.content.push(panel);
  }
  const placed: Placed[] = [];
  let y = 0;
  for (const { row, content } of sections) {
    const open = row === undefined || isOpen(row, row.collapsed !== true);
    if (row !== undefined) {
      placed.push({ panel: row, y, isOpen: open, count: content.length });
      y += row.gridPos.h;
    }
    if (!open || content.length === 0) continue;
    const top = Math.min(...content.map(({ gridPos }) => gridPos.y));
    for (const panel of content) placed.push({ panel, y: y + panel.gridPos.y - top });
    y += Math.max(...content.map(({ gridPos }) => gridPos.y + gridPos.h)) - top;
  }
  return placed;
}

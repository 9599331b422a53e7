import { allPanels, type PanelJson } from '../view/dashboard-json.js';
import type { DashboardData } from '../view/queries.js';

/** A panel that looks different after a change, or whose definition differs. */
export interface ChangedPanel {
  readonly id: number;
  readonly title: string;
  readonly change: 'added' | 'removed' | 'definition' | 'result';
}

/** What of a panel is compared: not where it stands. */
const compared = ({ gridPos: { w, h }, panels: _, ...panel }: PanelJson): string =>
  JSON.stringify({ ...panel, w, h });

const resultOf = (data: DashboardData, id: number): string => {
  const { frames = [], queries = [] } = data.panels[id] ?? {};
  return JSON.stringify({ frames, steps: queries.map(({ step }) => step) });
};

/**
 * The panels that differ between two states of a dashboard: in their definition, or in what their queries give on the same data, as
 * where a recording rule changed.
 *
 * @param before undefined for a dashboard that is new; `after` undefined for one that is gone
 */
export function changedPanels(
  before: DashboardData | undefined,
  after: DashboardData | undefined,
): ChangedPanel[] {
  const panelsOf = (data: DashboardData | undefined) =>
    data === undefined ? [] : allPanels(data.dashboard).filter(({ type }) => type !== 'row');
  const earlier = new Map(panelsOf(before).map((panel) => [panel.id, panel]));
  const later = new Map(panelsOf(after).map((panel) => [panel.id, panel]));
  const changed: ChangedPanel[] = [];
  for (const [id, panel] of later) {
    const other = earlier.get(id);
    const title = panel.title ?? panel.type;
    if (other === undefined) changed.push({ id, title, change: 'added' });
    else if (compared(other) !== compared(panel)) changed.push({ id, title, change: 'definition' });
    else if (before !== undefined && after !== undefined && resultOf(before, id) !== resultOf(after, id))
      changed.push({ id, title, change: 'result' });
  }
  for (const [id, panel] of earlier) {
    if (!later.has(id)) changed.push({ id, title: panel.title ?? panel.type, change: 'removed' });
  }
  return changed;
}

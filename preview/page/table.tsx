import type { DataFrame, FieldConfigSource, TimeRange } from '@grafana/data';
import type { TableCellHeight } from '@grafana/schema';
import { TableNG } from '@grafana/ui/unstable';
import type { PanelJson } from '../../src/view/dashboard-json.js';
import { fieldConfigOf } from './field-config.js';

interface Props {
  readonly panel: PanelJson;
  readonly frames: DataFrame[];
  readonly range: TimeRange;
  readonly width: number;
  readonly height: number;
}

/** A table, by Grafana's own component. It shows the first frame, as Grafana does. */
export function TablePanel({ panel, frames, range, width, height }: Props) {
  const options = panel.options ?? {};
  const frame = frames.find(({ fields }) => fields.length > 0);
  if (frame === undefined) return null;
  if (frames.length > 1) {
    throw new Error(`a table of ${frames.length} frames: Grafana would show one of them; merge them`);
  }
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={options.showHeader === false}
      showTypeIcons={options.showTypeIcons === true}
      sortBy={(options.sortBy ?? []) as { displayName: string; desc?: boolean }[]}
      cellHeight={(options.cellHeight ?? 'sm') as TableCellHeight}
      enablePagination={options.enablePagination === true}
      fieldConfig={fieldConfigOf(panel) as FieldConfigSource}
      timeRange={range}
      // Every row of the panel's height is in the picture; nothing is scrolled.
      enableVirtualization={false}
      structureRev={1}
    />
  );
}

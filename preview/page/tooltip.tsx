import type { LinkModel } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';

interface Row {
  readonly label: string;
  readonly text: string;
  readonly color: string;
  readonly links: readonly LinkModel[];
}

/** Rows that fit into a tooltip; the rest is counted. */
const MOST_ROWS = 20;

/** The values at a time. A click pins it; it then shows the links of the values. */
export function SeriesTooltip({
  rows,
  time,
  isPinned,
}: {
  readonly rows: readonly Row[];
  readonly time: string;
  readonly isPinned: boolean;
}) {
  const theme = useTheme2();
  return (
    <div style={{ padding: 8, fontSize: 12 }}>
      <div style={{ marginBottom: 4, color: theme.colors.text.secondary }}>{time}</div>
      {rows.slice(0, MOST_ROWS).map(({ label, text, color, links }) => (
        <div key={label}>
          <div style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
            <span style={{ width: 12, height: 4, background: color, flexShrink: 0 }} />
            <span style={{ flexGrow: 1, overflowWrap: 'anywhere' }}>{label}</span>
            <span style={{ fontWeight: 500, whiteSpace: 'nowrap' }}>{text}</span>
          </div>
          {isPinned &&
            links.map(({ title, href }) => (
              <a key={href} href={href} style={{ color: theme.colors.text.link, paddingLeft: 20 }}>
                {title}
              </a>
            ))}
        </div>
      ))}
      {rows.length > MOST_ROWS && <div>{`and ${rows.length - MOST_ROWS} more`}</div>}
    </div>
  );
}

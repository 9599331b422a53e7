import { useTheme2 } from '@grafana/ui';
import { matchesValue } from '../../src/promql/names.js';
import { tryParse } from '../../src/promql/parse.js';
import type { ListedAlert } from '../../src/view/queries.js';

interface Props {
  readonly alerts: readonly ListedAlert[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
  readonly noAlerts: string;
  readonly height: number;
}

const WEIGHT: Readonly<Record<string, number>> = { critical: 0, warning: 1, info: 2 };

/** Alerts at the moment of the picture, from the ALERTS series of Prometheus: our own drawing. */
export function AlertListPanel({ alerts, options, nowMs, noAlerts, height }: Props) {
  const theme = useTheme2();
  const states = (options.stateFilter ?? {}) as { firing?: boolean; pending?: boolean };
  const name = String(options.alertName ?? '');
  const labels = labelFilter(String(options.alertInstanceLabelFilter ?? ''));
  const wanted = alerts.filter(
    (alert) =>
      ((alert.state === 'firing' && states.firing !== false) ||
        (alert.state === 'pending' && states.pending !== false)) &&
      alert.name.includes(name) &&
      labels(alert.labels),
  );
  const rules = new Map<string, ListedAlert[]>();
  for (const alert of wanted) {
    const key = `${alert.name} ${alert.state}`;
    rules.set(key, [...(rules.get(key) ?? []), alert]);
  }
  const sorted = [...rules.values()].sort((a, b) => {
    const weight = (list: ListedAlert[]) => WEIGHT[list[0]?.labels.severity ?? ''] ?? 3;
    return weight(a) - weight(b) || ((a[0] as ListedAlert).name < (b[0] as ListedAlert).name ? -1 : 1);
  });
  if (sorted.length === 0)
    return <div style={{ padding: 8, color: theme.colors.text.secondary }}>{noAlerts}</div>;
  const shown = sorted.slice(0, Math.min(Number(options.maxItems ?? 20), Math.floor(height / 44)));
  return (
    <div style={{ fontSize: 12 }}>
      {shown.map((list) => {
        const first = list[0] as ListedAlert;
        const since = Math.min(...list.map((alert) => alert.since));
        const color = first.state === 'firing' ? theme.colors.error.text : theme.colors.warning.text;
        return (
          <div
            key={`${first.name} ${first.state}`}
            style={{
              padding: '4px 8px',
              marginBottom: 4,
              background: theme.colors.background.secondary,
              height: 40,
            }}
          >
            <div
              style={{ fontWeight: 500, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }}
            >
              {first.name}
            </div>
            <div style={{ color: theme.colors.text.secondary }}>
              <span style={{ color }}>{first.state === 'firing' ? 'Firing' : 'Pending'}</span>
              {` for ${Math.round((nowMs - since) / 60_000)}m, ${first.labels.severity ?? 'no severity'}, `}
              {list.length === 1 ? '1 instance' : `${list.length} instances`}
            </div>
          </div>
        );
      })}
      {sorted.length > shown.length && (
        <div style={{ color: theme.colors.text.secondary }}>{`and ${sorted.length - shown.length} more`}</div>
      )}
    </div>
  );
}

/** Matchers in PromQL's form, `{signal!="", severity=~"critical|warning"}`; an empty text selects everything. */
function labelFilter(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  if (text.trim() === '') return () => true;
  const selector = tryParse(text).expression?.root;
  if (selector?.kind !== 'selector' || selector.name !== undefined) {
    throw new Error(`options.alertInstanceLabelFilter: cannot read ${JSON.stringify(text)}`);
  }
  return (labels) => selector.matchers.every((matcher) => matchesValue(matcher, labels[matcher.label] ?? ''));
}

import { type DataFrame, dateTime, EventBusSrv, type TimeRange } from '@grafana/data';
import { Icon, PanelChrome, PanelContextProvider, useTheme2 } from '@grafana/ui';
import { Component, type ReactNode, useEffect, useState } from 'react';
import type { PanelJson } from '../dashboard-json.js';
import { panelHeight, panelLeft, panelTop, panelWidth } from '../layout.js';
import type { DashboardData, PanelData } from '../queries.js';
import { substituteInText } from '../variables.js';
import { AlertListPanel } from './alert-list.js';
import { isEmpty, preparedFrames } from './field-config.js';
import { HeatmapPanel } from './heatmap.js';
import { StateTimelinePanel } from './state-timeline.js';
import { TablePanel } from './table.js';
import { TextPanel } from './text.js';
import { TimeSeriesPanel } from './time-series.js';
import { BarGaugePanel, GaugePanel, StatPanel } from './values.js';

const bus = new EventBusSrv();

/** Tells which panel could not be drawn: React's own message does not. */
class Named extends Component<{ readonly panel: PanelJson; readonly children: ReactNode }> {
  override componentDidCatch(error: Error): void {
    const { id, title, type } = this.props.panel;
    window.previewErrors.push(`panel ${id} (${title ?? type}): ${error.message}`);
  }

  override render(): ReactNode {
    return this.props.children;
  }
}

/** A whole dashboard as one page. Calls `onDrawn` when every panel is there. */
export function DashboardPage({
  data,
  note,
  onDrawn,
}: {
  readonly data: DashboardData;
  readonly note: string;
  readonly onDrawn: () => void;
}) {
  const theme = useTheme2();
  const [frames, setFrames] = useState<ReadonlyMap<number, DataFrame[]>>();
  const { dashboard } = data;
  useEffect(() => {
    const interpolate = (text: string) => substituteInText(text, data.variables, data.builtIn);
    Promise.all(
      dashboard.panels
        .filter(({ type }) => type !== 'row')
        .map(async (panel) => {
          try {
            const raw = data.panels[panel.id]?.frames ?? [];
            return [panel.id, await preparedFrames(panel, raw, theme, interpolate)] as const;
          } catch (error) {
            throw new Error(`panel ${panel.id} (${panel.title ?? panel.type}): ${(error as Error).message}`);
          }
        }),
    ).then(
      (list) => setFrames(new Map(list)),
      (error: Error) => window.previewErrors.push(error.message),
    );
  }, [dashboard, data, theme]);
  useEffect(() => {
    if (frames !== undefined) onDrawn();
  }, [frames, onDrawn]);
  if (frames === undefined) return null;
  const range: TimeRange = {
    from: dateTime(data.range.from),
    to: dateTime(data.range.to),
    raw: { from: dashboard.time.from, to: dashboard.time.to },
  };
  const bottom = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
  return (
    <div
      style={{
        background: theme.colors.background.canvas,
        color: theme.colors.text.primary,
        padding: 8,
        width: 1280,
      }}
    >
      <Header data={data} note={note} />
      <PanelContextProvider value={{ eventsScope: 'preview', eventBus: bus }}>
        <div style={{ position: 'relative', height: panelTop(bottom) }}>
          {dashboard.panels.map((panel) => (
            <div
              key={panel.id}
              style={{
                position: 'absolute',
                left: panelLeft(panel.gridPos.x),
                top: panelTop(panel.gridPos.y),
                width: panelWidth(panel.gridPos.w),
                height: panelHeight(panel.gridPos.h),
              }}
            >
              <Named panel={panel}>
                {panel.type === 'row' ? (
                  <Row panel={panel} data={data} />
                ) : (
                  <Panel panel={panel} data={data} frames={frames.get(panel.id) ?? []} range={range} />
                )}
              </Named>
            </div>
          ))}
        </div>
      </PanelContextProvider>
    </div>
  );
}

function Header({ data, note }: { readonly data: DashboardData; readonly note: string }) {
  const theme = useTheme2();
  const { dashboard, variables, range } = data;
  const box = {
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    padding: '4px 8px',
    background: theme.colors.background.primary,
    maxWidth: 320,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap' as const,
  };
  const moment = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  return (
    <div style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', alignItems: 'baseline', gap: 16, marginBottom: 8 }}>
        <span style={{ fontSize: 18, fontWeight: 500 }}>{dashboard.title}</span>
        <span style={{ flexGrow: 1, color: theme.colors.text.secondary, fontSize: 12 }}>{note}</span>
        <span style={{ fontSize: 12 }}>{`${moment(range.from)} to ${moment(range.to)} UTC`}</span>
      </div>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, fontSize: 12 }}>
        {variables
          .filter(({ hidden }) => !hidden)
          .map(({ name, label, all, values }) => (
            <div key={name} style={{ display: 'flex' }}>
              <span style={{ ...box, background: theme.colors.background.secondary, fontWeight: 500 }}>
                {label}
              </span>
              <span style={box}>{all ? 'All' : values.length === 0 ? 'None' : values.join(' + ')}</span>
            </div>
          ))}
        <span style={{ flexGrow: 1 }} />
        {(dashboard.links ?? []).map(({ title, asDropdown }) => (
          <span key={title} style={box}>
            <Icon name={asDropdown === true ? 'bars' : 'external-link-alt'} size="sm" /> {title}
          </span>
        ))}
      </div>
    </div>
  );
}

function Row({ panel, data }: { readonly panel: PanelJson; readonly data: DashboardData }) {
  const theme = useTheme2();
  const hidden = panel.panels?.length ?? 0;
  return (
    <div
      style={{ display: 'flex', alignItems: 'center', height: '100%', gap: 8, fontSize: 16, fontWeight: 500 }}
    >
      <Icon name={panel.collapsed === true ? 'angle-right' : 'angle-down'} />
      {substituteInText(panel.title ?? '', data.variables, data.builtIn)}
      {hidden > 0 && (
        <span style={{ color: theme.colors.text.secondary, fontSize: 12 }}>{`(${hidden} panels)`}</span>
      )}
    </div>
  );
}

interface PanelProps {
  readonly panel: PanelJson;
  readonly data: DashboardData;
  readonly frames: DataFrame[];
  readonly range: TimeRange;
}

function Panel({ panel, data, frames, range }: PanelProps) {
  const own: PanelData['builtIn'] = data.panels[panel.id]?.builtIn ?? data.builtIn;
  const interpolate = (text: string) => substituteInText(text, data.variables, own);
  const links = panel.links ?? [];
  return (
    <PanelChrome
      width={panelWidth(panel.gridPos.w)}
      height={panelHeight(panel.gridPos.h)}
      title={interpolate(panel.title ?? '')}
      {...(panel.description === undefined || panel.description === ''
        ? {}
        : { description: interpolate(panel.description) })}
      {...(panel.transparent === true ? { displayMode: 'transparent' as const } : {})}
      padding={panel.type === 'table' ? 'none' : 'md'}
      {...(links.length === 0
        ? {}
        : {
            titleItems: (
              <Icon name="external-link-alt" size="sm" title={links.map(({ title }) => title).join(', ')} />
            ),
          })}
    >
      {(width: number, height: number) => (
        <Content {...{ panel, data, frames, range, width, height, interpolate }} />
      )}
    </PanelChrome>
  );
}

function Content({
  panel,
  data,
  frames,
  range,
  width,
  height,
  interpolate,
}: PanelProps & {
  readonly width: number;
  readonly height: number;
  readonly interpolate: (text: string) => string;
}) {
  const theme = useTheme2();
  const options = panel.options ?? {};
  const noValue = panel.fieldConfig?.defaults.noValue;
  const nothing = interpolate(typeof noValue === 'string' && noValue !== '' ? noValue : 'No data');
  switch (panel.type) {
    case 'text':
      return (
        <TextPanel
          mode={String(options.mode ?? 'markdown')}
          content={interpolate(String(options.content ?? ''))}
        />
      );
    case 'alertlist':
      return (
        <AlertListPanel
          alerts={data.alerts}
          options={options}
          nowMs={data.range.to}
          noAlerts={typeof noValue === 'string' ? nothing : 'No alerts matching filters'}
          height={height}
        />
      );
    case 'stat':
      return <StatPanel {...{ panel, frames, width, height, interpolate }} />;
    case 'gauge':
      return <GaugePanel {...{ panel, frames, width, height, interpolate }} />;
    case 'bargauge':
      return <BarGaugePanel {...{ panel, frames, width, height, interpolate }} />;
  }
  if (isEmpty(frames)) {
    return (
      <div
        style={{
          height,
          display: 'flex',
          alignItems: 'center',
          justifyContent: 'center',
          textAlign: 'center',
          padding: 16,
          color: theme.colors.text.secondary,
        }}
      >
        {nothing}
      </div>
    );
  }
  const { from, to } = data.range;
  switch (panel.type) {
    case 'timeseries':
      return (
        <TimeSeriesPanel
          frames={frames}
          options={options}
          annotations={data.annotations}
          range={range}
          width={width}
          height={height}
        />
      );
    case 'table':
      return <TablePanel {...{ panel, frames, range, width, height }} />;
    case 'state-timeline':
      return <StateTimelinePanel {...{ frames, options, range: { from, to }, width, height }} />;
    case 'heatmap':
      return <HeatmapPanel {...{ frames, options, range: { from, to }, width, height }} />;
    default:
      throw new Error(`no drawing for the panel type ${panel.type}`);
  }
}

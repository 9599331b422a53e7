import { type DataFrame, dateTime, EventBusSrv, type TimeRange } from '@grafana/data';
import { Dropdown, Icon, Menu, PanelChrome, PanelContextProvider, useTheme2 } from '@grafana/ui';
import { Component, type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { PanelJson } from '../../src/view/dashboard-json.js';
import {
  MARGIN,
  PICTURE_WIDTH,
  panelHeight,
  panelLeft,
  panelTop,
  panelWidth,
} from '../../src/view/layout.js';
import { annotationsOf } from '../../src/view/queries.js';
import { change } from './address.js';
import { AlertListPanel } from './alert-list.js';
import { arranged, type Placed } from './arrange.js';
import { isEmpty, preparedFrames } from './field-config.js';
import { Header } from './header.js';
import { HeatmapPanel } from './heatmap.js';
import { interpolator, type TextScope } from './interpolate.js';
import { fetched, type Loaded, type PanelState, type Served, useLoaded, useServed } from './loading.js';
import { StateTimelinePanel } from './state-timeline.js';
import { TablePanel } from './table.js';
import { TextPanel } from './text.js';
import { TimeSeriesPanel } from './time-series.js';
import { BarGaugePanel, GaugePanel, StatPanel } from './values.js';

const bus = new EventBusSrv();

/** A panel whose drawing fails leaves the others as they are. */
class Guarded extends Component<
  { readonly panel: PanelJson; readonly children: ReactNode },
  { readonly error?: string }
> {
  override state: { readonly error?: string } = {};

  static getDerivedStateFromError({ message }: Error) {
    return { error: message };
  }

  override componentDidCatch(error: Error): void {
    const { id, title, type } = this.props.panel;
    window.previewErrors.push(`panel ${id} (${title ?? type}): ${error.message}`);
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? this.props.children : <Message kind="error">{error}</Message>;
  }
}

const onResize = (changed: () => void) => {
  addEventListener('resize', changed);
  return () => removeEventListener('resize', changed);
};

/** Seconds of an interval such as `30s`; 0 for none. */
function secondsOf(text: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  return count === undefined ? 0 : Number(count) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}

/** A dashboard, live. Parameters of the address: those of Grafana, `annotations`, `rows=open`, and `picture` with a note for a picture. */
export function DashboardPage({ uid, url }: { readonly uid: string; readonly url: URL }) {
  const { served, error, revision } = useServed(uid);
  if (served !== undefined) return <Shown served={served} revision={revision} url={url} />;
  return <Message kind="error">{error === undefined ? '' : `${uid}: ${error}`}</Message>;
}

interface ShownProps {
  readonly served: Served;
  readonly revision: number;
  readonly url: URL;
}

/** What of the address decides what is loaded. */
function useAddress({ served: { dashboard }, url: { searchParams } }: ShownProps) {
  const width = useSyncExternalStore(onResize, () => document.documentElement.clientWidth) || PICTURE_WIDTH;
  const viewPanel = searchParams.get('viewPanel');
  const rows = searchParams.get('rows');
  const placed = useMemo(() => {
    const wanted = new Set(searchParams.getAll('open'));
    const all = arranged(dashboard, (row, byDefault) => {
      if (rows === 'open' || viewPanel !== null) return true;
      return wanted.has(String(row.id)) !== byDefault;
    });
    if (viewPanel === null) return all;
    return all
      .filter(({ panel }) => String(panel.id) === viewPanel.replace(/^panel-/, ''))
      .map(({ panel }) => ({ panel: { ...panel, gridPos: { x: 0, y: 0, w: 24, h: 18 } }, y: 0 }));
  }, [dashboard, searchParams, viewPanel, rows]);
  return { width, placed };
}

function Shown(props: ShownProps) {
  const {
    served: { dashboard, unsupported },
    url: { searchParams },
    revision,
  } = props;
  const theme = useTheme2();
  const { width, placed } = useAddress(props);
  const dashboards = useDashboards();
  const note = searchParams.get('picture') ?? undefined;
  const raw = {
    from: searchParams.get('from') ?? dashboard.time.from,
    to: searchParams.get('to') ?? dashboard.time.to,
  };
  const refresh = note === undefined ? (searchParams.get('refresh') ?? (dashboard.refresh || 'off')) : 'off';
  const annotations = searchParams.has('annotations')
    ? searchParams.getAll('annotations').filter((name) => name !== '')
    : annotationsOf(dashboard).map(({ name }) => name);
  const query = queryOf(dashboard.uid, searchParams, placed, width, raw, annotations);
  const loaded = useLoaded(query, secondsOf(refresh), revision);
  useEffect(() => {
    document.title = dashboard.title;
  }, [dashboard.title]);
  useDrawnMark(loaded, note !== undefined);
  const notDrawn = new Map(unsupported.map(({ id, panel }) => [id, panel]));
  const bottom = Math.max(1, ...placed.map(({ panel, y }) => y + panel.gridPos.h));
  return (
    <div
      style={{
        background: theme.colors.background.canvas,
        color: theme.colors.text.primary,
        padding: MARGIN,
        minHeight: '100vh',
        boxSizing: 'border-box',
      }}
    >
      <Header
        {...{ dashboard, dashboards, loaded, raw, refresh, annotations, unsupported }}
        {...(note === undefined ? {} : { note })}
      />
      <PanelContextProvider value={{ eventsScope: 'preview', eventBus: bus }}>
        <div style={{ position: 'relative', height: panelTop(bottom) }}>
          {placed.map((place) => (
            <div
              key={place.panel.id}
              data-panel={place.panel.id}
              style={{
                position: 'absolute',
                left: panelLeft(place.panel.gridPos.x, width),
                top: panelTop(place.y),
                width: panelWidth(place.panel.gridPos.w, width),
                height: panelHeight(place.panel.gridPos.h),
              }}
            >
              {place.panel.type === 'row' ? (
                <Row place={place} loaded={loaded} raw={raw} />
              ) : (
                <Panel
                  key={revision}
                  panel={place.panel}
                  reason={notDrawn.get(place.panel.id)}
                  {...{ loaded, raw, width }}
                />
              )}
            </div>
          ))}
        </div>
      </PanelContextProvider>
    </div>
  );
}

/** The parameters of the request for data: names and places only. */
function queryOf(
  uid: string,
  address: URLSearchParams,
  placed: readonly Placed[],
  width: number,
  raw: TextScope['raw'],
  annotations: readonly string[],
): string {
  const query = new URLSearchParams({ uid, from: raw.from, to: raw.to, width: String(width) });
  for (const [name, value] of address) if (name.startsWith('var-')) query.append(name, value);
  for (const name of annotations.length === 0 ? [''] : annotations) query.append('annotations', name);
  const panels = placed
    .filter(({ panel }) => panel.type !== 'row' && panel.type !== 'text')
    .map(({ panel }) => `${panel.id}:${panelWidth(panel.gridPos.w, width)}`);
  query.set('panels', panels.join(','));
  return query.toString();
}

/** All dashboards of the server, for links between them. */
function useDashboards() {
  const [dashboards, setDashboards] = useState<readonly { uid: string; title: string; tags?: string[] }[]>(
    [],
  );
  useEffect(() => {
    fetched('/api/dashboards')
      .then((response) => response.json() as Promise<{ dashboards: typeof dashboards }>)
      .then(
        (listing) => setDashboards(listing.dashboards),
        // The dashboard itself shows what is wrong.
        () => {},
      );
  }, []);
  return dashboards;
}

/** Says on the window when everything is drawn, for pictures and tests. Errors of a picture are collected there. */
function useDrawnMark(loaded: Loaded, isPicture: boolean): void {
  useEffect(() => {
    window.previewDrawn = false;
    if (loaded.isLoading) return;
    if (isPicture) {
      const errors = [loaded.failed, ...[...loaded.panels].map(([, { error }]) => error)];
      for (const error of errors) if (error !== undefined) window.previewErrors.push(error.message);
      for (const { error } of loaded.variables) if (error !== undefined) window.previewErrors.push(error);
    }
    let frame = 0;
    // Layout effects of the charts run in the frame after the last panel is there.
    const look = (left: number) => {
      frame = requestAnimationFrame(() => {
        // An icon is an empty one until its file is there.
        const isPending = document.querySelector('[data-pending], svg:empty') !== null;
        if (isPending || left > 0) look(isPending ? 2 : left - 1);
        else window.previewDrawn = true;
      });
    };
    look(2);
    return () => cancelAnimationFrame(frame);
  }, [loaded, isPicture]);
}

function Message({ kind, children }: { readonly kind: 'error' | 'nothing'; readonly children: ReactNode }) {
  const theme = useTheme2();
  return (
    <div
      {...(kind === 'error' ? { role: 'alert' } : {})}
      style={{
        height: '100%',
        display: 'flex',
        alignItems: 'center',
        justifyContent: 'center',
        textAlign: 'center',
        padding: 16,
        boxSizing: 'border-box',
        whiteSpace: kind === 'error' ? 'pre-wrap' : 'normal',
        overflow: 'auto',
        color: kind === 'error' ? theme.colors.error.text : theme.colors.text.secondary,
      }}
    >
      {children}
    </div>
  );
}

function Row({
  place: { panel, isOpen, count = 0 },
  loaded,
  raw,
}: {
  readonly place: Placed;
  readonly loaded: Loaded;
  readonly raw: TextScope['raw'];
}) {
  const theme = useTheme2();
  const toggle = () => {
    const toggled = new Set(new URL(location.href).searchParams.getAll('open'));
    const id = String(panel.id);
    if (!toggled.delete(id)) toggled.add(id);
    change({ open: [...toggled] });
  };
  return (
    <button
      type="button"
      aria-expanded={isOpen === true}
      onClick={toggle}
      style={{
        display: 'flex',
        alignItems: 'center',
        height: '100%',
        gap: 8,
        fontSize: 16,
        fontWeight: 500,
        border: 'none',
        padding: 0,
        background: 'none',
        color: 'inherit',
      }}
    >
      <Icon name={isOpen === true ? 'angle-down' : 'angle-right'} />
      {interpolator({ ...loaded, raw })(panel.title)}
      {isOpen !== true && count > 0 && (
        <span
          style={{ color: theme.colors.text.secondary, fontSize: 12 }}
        >{`(${count} ${count === 1 ? 'panel' : 'panels'})`}</span>
      )}
    </button>
  );
}

interface PanelProps {
  readonly panel: PanelJson;
  readonly loaded: Loaded;
  readonly raw: TextScope['raw'];
  readonly width: number;
  /** Why it is not drawn. */
  readonly reason?: string | undefined;
}

/** Frames of a panel's data with everything applied that the panel says about them. */
function usePrepared(panel: PanelJson, state: PanelState | undefined, scope: TextScope) {
  const theme = useTheme2();
  const [prepared, setPrepared] = useState<{ of?: PanelState; frames?: DataFrame[]; error?: string }>({});
  const { variables, builtIn, raw } = scope;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the range as text, not the object that holds it
  useEffect(() => {
    if (state?.data === undefined) return;
    let isWanted = true;
    preparedFrames(panel, state.data.frames, theme, interpolator({ variables, builtIn, raw })).then(
      (frames) => isWanted && setPrepared({ of: state, frames }),
      (error: Error) => {
        if (!isWanted) return;
        window.previewErrors.push(`panel ${panel.id} (${panel.title ?? panel.type}): ${error.message}`);
        setPrepared({ of: state, error: error.message });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [panel, state, theme, variables, raw.from, raw.to]);
  return { ...prepared, isPending: state?.data !== undefined && prepared.of !== state };
}

function Panel(props: PanelProps) {
  const { panel, loaded, raw, width, reason } = props;
  const state = loaded.panels.get(panel.id);
  const scope = { variables: loaded.variables, builtIn: state?.data?.builtIn ?? loaded.builtIn, raw };
  const { frames, error = state?.error?.message, isPending } = usePrepared(panel, state, scope);
  const interpolate = interpolator(scope);
  const links = panel.links ?? [];
  const needsData = panel.type !== 'text' && panel.type !== 'alertlist';
  return (
    <div {...(isPending ? { 'data-pending': true } : {})}>
      <PanelChrome
        width={panelWidth(panel.gridPos.w, width)}
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
              titleItems: <PanelLinks links={links} interpolate={interpolate} />,
            })}
      >
        {(innerWidth: number, height: number) => {
          if (reason !== undefined) return <Message kind="nothing">{`Not drawn: ${reason}`}</Message>;
          if (error !== undefined) return <Message kind="error">{error}</Message>;
          if (loaded.range === undefined || (needsData && frames === undefined)) return null;
          return (
            <Guarded key={loaded.loadedAt} panel={panel}>
              <Content
                {...{ panel, loaded, interpolate, height }}
                frames={frames ?? []}
                raw={raw}
                range={loaded.range}
                width={innerWidth}
              />
            </Guarded>
          );
        }}
      </PanelChrome>
    </div>
  );
}

/** The links of a panel behind one icon. */
function PanelLinks({
  links,
  interpolate,
}: {
  readonly links: NonNullable<PanelJson['links']>;
  readonly interpolate: ReturnType<typeof interpolator>;
}) {
  const items = links.map(({ title, url }) => (
    <Menu.Item key={title} label={interpolate(title)} url={interpolate(url, undefined, 'uriencode')} />
  ));
  return (
    <Dropdown overlay={<Menu>{items}</Menu>}>
      <button type="button" aria-label="Links" style={{ border: 'none', background: 'none', padding: 4 }}>
        <Icon name="external-link-alt" size="sm" />
      </button>
    </Dropdown>
  );
}

function Content({
  panel,
  loaded,
  frames,
  range: { from, to },
  raw,
  width,
  height,
  interpolate,
}: {
  readonly panel: PanelJson;
  readonly loaded: Loaded;
  readonly frames: DataFrame[];
  readonly range: { readonly from: number; readonly to: number };
  readonly raw: TextScope['raw'];
  readonly width: number;
  readonly height: number;
  readonly interpolate: ReturnType<typeof interpolator>;
}) {
  const range: TimeRange = useMemo(() => ({ from: dateTime(from), to: dateTime(to), raw }), [from, to, raw]);
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
          alerts={loaded.alerts}
          options={options}
          nowMs={to}
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
  if (isEmpty(frames)) return <Message kind="nothing">{nothing}</Message>;
  switch (panel.type) {
    case 'timeseries':
      return (
        <TimeSeriesPanel
          frames={frames}
          options={options}
          annotations={loaded.annotations}
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

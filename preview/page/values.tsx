import {
  type DataFrame,
  type DisplayValueAlignmentFactors,
  type FieldDisplay,
  formattedValueToString,
  type GrafanaTheme2,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  type InterpolateFunction,
  type VizOrientation,
} from '@grafana/data';
import type { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeValueMode } from '@grafana/schema';
import {
  BarGauge,
  BigValue,
  type BigValueColorMode,
  type BigValueGraphMode,
  type BigValueJustifyMode,
  type BigValueTextMode,
  useTheme2,
  VizRepeater,
  type VizRepeaterRenderValueProps,
} from '@grafana/ui';
import type { PanelJson } from '../../src/view/dashboard-json.js';
import { fieldConfigOf } from './field-config.js';

interface Props {
  readonly panel: PanelJson;
  readonly frames: DataFrame[];
  readonly interpolate: InterpolateFunction;
  readonly width: number;
  readonly height: number;
}

type Rendered = VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>;

function valuesOf(
  { panel, frames, interpolate }: Props,
  theme: GrafanaTheme2,
  sparkline: boolean,
): FieldDisplay[] {
  const reduce = (panel.options?.reduceOptions ?? {}) as {
    calcs?: string[];
    values?: boolean;
    fields?: string;
  };
  return getFieldDisplayValues({
    fieldConfig: fieldConfigOf(panel),
    reduceOptions: { values: false, fields: '', ...reduce, calcs: reduce.calcs ?? ['lastNotNull'] },
    replaceVariables: interpolate,
    theme,
    data: frames,
    sparkline,
    timeZone: 'utc',
  });
}

const orientationOf = (options: PanelJson['options']) => (options?.orientation ?? 'auto') as VizOrientation;

/** Big numbers, by Grafana's own component. */
export function StatPanel(props: Props) {
  const { panel, width, height } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const graphMode = (options.graphMode ?? 'area') as BigValueGraphMode;
  const textMode = (options.textMode ?? 'auto') as BigValueTextMode;
  const render = ({ value, width, height, count, alignmentFactors }: Rendered) => (
    <BigValue
      value={value.display}
      count={count}
      {...(value.sparkline === undefined || graphMode === 'none' ? {} : { sparkline: value.sparkline })}
      colorMode={(options.colorMode ?? 'value') as BigValueColorMode}
      graphMode={graphMode}
      justifyMode={(options.justifyMode ?? 'auto') as BigValueJustifyMode}
      textMode={
        textMode === 'auto' && count === 1 && value.display.title === undefined
          ? ('value' as BigValueTextMode)
          : textMode
      }
      alignmentFactors={alignmentFactors}
      text={(options.text ?? {}) as object}
      width={width}
      height={height}
      theme={theme}
      disableWideLayout={options.wideLayout === false}
    />
  );
  return (
    <VizRepeater
      getValues={() => valuesOf(props, theme, graphMode !== 'none')}
      getAlignmentFactors={(values: FieldDisplay[]) => getDisplayValueAlignmentFactors(values)}
      renderValue={render}
      width={width}
      height={height}
      source={props.frames}
      itemSpacing={3}
      renderCounter={0}
      autoGrid
      orientation={orientationOf(options)}
    />
  );
}

/** Bars of values, by Grafana's own component. */
export function BarGaugePanel(props: Props) {
  const { panel, width, height } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const render = ({ value, width, height, count, orientation, alignmentFactors }: Rendered) => (
    <BarGauge
      value={value.display}
      width={width}
      height={height}
      orientation={orientation}
      field={value.field}
      {...(value.view === undefined || value.colIndex === undefined
        ? {}
        : { display: value.view.getFieldDisplayProcessor(value.colIndex) as never })}
      text={(options.text ?? {}) as object}
      theme={theme}
      itemSpacing={10}
      lcdCellWidth={orientation === 'vertical' ? 8 : 12}
      displayMode={(options.displayMode ?? 'gradient') as BarGaugeDisplayMode}
      valueDisplayMode={(options.valueMode ?? 'color') as BarGaugeValueMode}
      namePlacement={(options.namePlacement ?? 'auto') as BarGaugeNamePlacement}
      showUnfilled={options.showUnfilled !== false}
      alignmentFactors={alignmentFactors}
      isOverflow={count > 100}
    />
  );
  return (
    <VizRepeater
      getValues={() => valuesOf(props, theme, false)}
      getAlignmentFactors={(values: FieldDisplay[]) => getDisplayValueAlignmentFactors(values)}
      renderValue={render}
      width={width}
      height={height}
      minVizHeight={Number(options.minVizHeight ?? 16)}
      minVizWidth={Number(options.minVizWidth ?? 8)}
      maxVizHeight={Number(options.maxVizHeight ?? 300)}
      source={props.frames}
      itemSpacing={10}
      renderCounter={0}
      orientation={orientationOf(options)}
    />
  );
}

const arc = (cx: number, cy: number, radius: number, from: number, to: number): string => {
  const point = (share: number) => {
    const angle = Math.PI * (0.75 + 1.5 * share);
    return `${cx + radius * Math.cos(angle)} ${cy + radius * Math.sin(angle)}`;
  };
  return `M ${point(from)} A ${radius} ${radius} 0 ${(to - from) * 1.5 > 1 ? 1 : 0} 1 ${point(to)}`;
};

/** A gauge: our own drawing, since the packages export none. */
export function GaugePanel(props: Props) {
  const { panel, width, height } = props;
  const theme = useTheme2();
  const values = valuesOf(props, theme, false);
  const each = width / Math.max(1, values.length);
  return (
    <svg width={width} height={height} role="img">
      <title>{panel.title}</title>
      {values.map(({ display, field }, i) => {
        const min = field.min ?? 0;
        const max = field.max ?? 100;
        const share = Math.min(1, Math.max(0, (display.numeric - min) / (max - min || 1)));
        const cx = each * (i + 0.5);
        const radius = Math.min(each, height) * 0.4;
        const cy = height * 0.52;
        return (
          <g key={display.title ?? i} fill="none" strokeWidth={radius * 0.25}>
            <path d={arc(cx, cy, radius, 0, 1)} stroke={theme.colors.background.secondary} />
            {Number.isFinite(share) && share > 0 && (
              <path d={arc(cx, cy, radius, 0, share)} stroke={display.color ?? theme.colors.primary.main} />
            )}
            <text
              x={cx}
              y={cy + 6}
              textAnchor="middle"
              fontSize={radius * 0.4}
              fill={display.color ?? theme.colors.text.primary}
            >
              {formattedValueToString(display)}
            </text>
            {values.length > 1 && (
              <text x={cx} y={height - 4} textAnchor="middle" fontSize={12} fill={theme.colors.text.primary}>
                {display.title}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

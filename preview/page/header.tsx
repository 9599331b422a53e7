import { Icon, useTheme2 } from '@grafana/ui';
import { type CSSProperties, useState } from 'react';
import type { DashboardJson } from '../../src/view/dashboard-json.js';
import { shownAs, type VariableValue } from '../../src/view/variables.js';
import { change } from './address.js';
import type { Loaded, UnsupportedPanel } from './loading.js';

/** Ranges that are offered, as Grafana writes their beginning. */
const RANGES: readonly (readonly [from: string, text: string])[] = [
  ['now-5m', 'Last 5 minutes'],
  ['now-15m', 'Last 15 minutes'],
  ['now-1h', 'Last hour'],
  ['now-3h', 'Last 3 hours'],
  ['now-6h', 'Last 6 hours'],
  ['now-12h', 'Last 12 hours'],
  ['now-24h', 'Last 24 hours'],
  ['now-2d', 'Last 2 days'],
  ['now-7d', 'Last 7 days'],
  ['now-30d', 'Last 30 days'],
];

const INTERVALS = ['off', '5s', '10s', '30s', '1m', '5m', '15m'];

function useBox(): CSSProperties {
  const theme = useTheme2();
  return {
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    padding: '4px 8px',
    background: theme.colors.background.primary,
    color: theme.colors.text.primary,
    maxWidth: 320,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    font: 'inherit',
    // Grafana's styles give every selection the height of a large form.
    width: 'auto',
    height: 'auto',
    lineHeight: 1.5,
  };
}

const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
const secondOf = (ms: number) => new Date(ms).toISOString().slice(11, 19);

interface Props {
  readonly dashboard: DashboardJson;
  readonly dashboards: readonly {
    readonly uid: string;
    readonly title: string;
    readonly tags?: readonly string[];
  }[];
  readonly loaded: Loaded;
  readonly raw: { readonly from: string; readonly to: string };
  readonly refresh: string;
  /** Names of the annotations that are drawn. */
  readonly annotations: readonly string[];
  readonly unsupported: readonly UnsupportedPanel[];
  /** Of a picture: what it is of. Nothing can be changed then. */
  readonly note?: string;
}

/** Title, range, variables and links of a dashboard. */
export function Header(props: Props) {
  const { dashboard, loaded, note, unsupported } = props;
  const theme = useTheme2();
  const { range, failed, variables } = loaded;
  const isPicture = note !== undefined;
  return (
    <div style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', alignItems: 'baseline', flexWrap: 'wrap', gap: 16, marginBottom: 8 }}>
        {isPicture ? (
          <span style={{ fontSize: 18, fontWeight: 500 }}>{dashboard.title}</span>
        ) : (
          <>
            <a href="/" title="All dashboards" style={{ color: theme.colors.text.secondary }}>
              <Icon name="apps" />
            </a>
            <h1 style={{ fontSize: 18, fontWeight: 500, margin: 0 }}>{dashboard.title}</h1>
          </>
        )}
        <span style={{ flexGrow: 1, color: theme.colors.text.secondary, fontSize: 12 }}>{note}</span>
        {range !== undefined && (
          <span style={{ fontSize: 12 }}>{`${minute(range.from)} to ${minute(range.to)} UTC`}</span>
        )}
        {!isPicture && <Times {...props} />}
      </div>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, fontSize: 12 }}>
        {variables
          .filter(({ hidden, type }) => !hidden && (isPicture || type !== 'datasource'))
          .map((variable) => (
            <Variable key={variable.name} variable={variable} isFixed={isPicture} />
          ))}
        <span style={{ flexGrow: 1 }} />
        <Annotations {...props} />
        <Links {...props} />
      </div>
      {failed !== undefined && <Notice kind="error">{failed.message}</Notice>}
      {variables
        .filter(({ error }) => error !== undefined)
        .map(({ name, error }) => (
          <Notice key={name} kind="error">
            {error as string}
          </Notice>
        ))}
      {variables
        .filter(({ unlisted }) => unlisted !== undefined)
        .map(({ name, label, unlisted }) => (
          <Notice key={name} kind="warning">
            {`${label}: ${unlisted?.join(', ')} is not among the options in this time range.`}
          </Notice>
        ))}
      {unsupported.length > 0 && (
        <Notice kind="warning">
          <details>
            <summary>{`${unsupported.length} panels use something that is not supported here; in Grafana they look different.`}</summary>
            <ul>
              {unsupported.map(({ id, title, panel, details }) => (
                <li key={id}>
                  {`${title} (panel ${id}): ${panel === undefined ? '' : `not drawn: ${panel}`}${details.map((detail) => ` ${detail}; left out.`).join('')}`}
                </li>
              ))}
            </ul>
          </details>
        </Notice>
      )}
    </div>
  );
}

function Notice({
  kind,
  children,
}: {
  readonly kind: 'error' | 'warning';
  readonly children: React.ReactNode;
}) {
  const theme = useTheme2();
  return (
    <div
      role={kind === 'error' ? 'alert' : 'status'}
      style={{
        marginTop: 8,
        padding: '8px 12px',
        fontSize: 12,
        whiteSpace: 'pre-wrap',
        color: theme.colors[kind].text,
        border: `1px solid ${theme.colors[kind].border}`,
      }}
    >
      {children}
    </div>
  );
}

/** Range, refresh and theme. */
function Times({ raw, refresh, loaded }: Props) {
  const box = useBox();
  const theme = useTheme2();
  const isOffered = raw.to === 'now' && RANGES.some(([from]) => from === raw.from);
  const [isOpen, setOpen] = useState(false);
  return (
    <span style={{ display: 'flex', flexWrap: 'wrap', gap: 8, fontSize: 12, alignItems: 'center' }}>
      <select
        aria-label="Time range"
        style={box}
        value={isOffered ? raw.from : 'other'}
        onChange={({ target: { value } }) => {
          if (value === 'other') setOpen(true);
          else {
            setOpen(false);
            change({ from: value, to: 'now' });
          }
        }}
      >
        {RANGES.map(([from, text]) => (
          <option key={from} value={from}>
            {text}
          </option>
        ))}
        <option value="other">{isOffered ? 'Other…' : `${written(raw.from)} to ${written(raw.to)}`}</option>
      </select>
      {(isOpen || !isOffered) && <OtherRange key={`${raw.from} ${raw.to}`} raw={raw} />}
      <select
        aria-label="Refresh"
        style={box}
        value={INTERVALS.includes(refresh) ? refresh : 'off'}
        onChange={({ target: { value } }) => change({ refresh: value })}
      >
        {INTERVALS.map((interval) => (
          <option key={interval} value={interval}>
            {interval === 'off' ? 'No refresh' : `Every ${interval}`}
          </option>
        ))}
      </select>
      <button
        type="button"
        style={{ ...box, cursor: 'pointer' }}
        onClick={() => {
          const next = theme.isDark ? 'light' : 'dark';
          localStorage.setItem('theme', next);
          change({ theme: next });
        }}
      >
        {theme.isDark ? 'Light' : 'Dark'}
      </button>
      <span style={{ color: theme.colors.text.secondary, minWidth: 96 }}>
        {loaded.isLoading
          ? 'loading…'
          : loaded.loadedAt === undefined
            ? ''
            : `as of ${secondOf(loaded.loadedAt)} UTC`}
      </span>
    </span>
  );
}

const written = (moment: string) => (/^\d+$/.test(moment) ? minute(Number(moment)) : moment);

function OtherRange({ raw }: Pick<Props, 'raw'>) {
  const box = useBox();
  const [from, setFrom] = useState(written(raw.from));
  const [to, setTo] = useState(written(raw.to));
  const moment = (text: string) => {
    const iso = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(`${text.trim().replace(' ', 'T')}Z`) : Number.NaN;
    return Number.isFinite(iso) ? String(iso) : text.trim();
  };
  return (
    <form
      style={{ display: 'flex', gap: 4 }}
      onSubmit={(event) => {
        event.preventDefault();
        change({ from: moment(from), to: moment(to) });
      }}
    >
      <input
        aria-label="From"
        title="now-6h, or 2026-03-01 12:00 (UTC)"
        style={{ ...box, width: 128 }}
        value={from}
        onChange={({ target: { value } }) => setFrom(value)}
      />
      <input
        aria-label="To"
        title="now, or 2026-03-01 12:00 (UTC)"
        style={{ ...box, width: 128 }}
        value={to}
        onChange={({ target: { value } }) => setTo(value)}
      />
      <button type="submit" style={{ ...box, cursor: 'pointer' }}>
        Apply
      </button>
    </form>
  );
}

const heldBy = (variable: VariableValue) =>
  variable.all
    ? 'All'
    : variable.values.length === 0
      ? 'None'
      : variable.values.map((value) => shownAs(variable, value)).join(' + ');

function Variable({ variable, isFixed }: { readonly variable: VariableValue; readonly isFixed: boolean }) {
  const theme = useTheme2();
  const box = useBox();
  const { name, label, options = [], includeAll, multi, type, all, values } = variable;
  const set = (value: string | readonly string[]) => change({ [`var-${name}`]: value });
  const listed = [...new Set([...(all ? [] : values), ...options])];
  let control: React.ReactNode = (
    <span style={box} title={all ? undefined : values.join(' + ')}>
      {heldBy(variable)}
    </span>
  );
  if (!isFixed && type === 'textbox') control = <Typed key={values[0]} variable={variable} />;
  else if (!isFixed && multi) control = <Several variable={variable} listed={listed} />;
  else if (!isFixed && type !== 'constant') {
    control = (
      <select
        aria-label={label}
        style={box}
        value={all ? '$__all' : (values[0] ?? '')}
        onChange={({ target: { value } }) => set(value)}
      >
        {includeAll === true && <option value="$__all">All</option>}
        {listed.map((option) => (
          <option key={option} value={option} title={option}>
            {shownAs(variable, option)}
          </option>
        ))}
      </select>
    );
  }
  return (
    <div style={{ display: 'flex' }} data-variable={name}>
      <span style={{ ...box, background: theme.colors.background.secondary, fontWeight: 500 }}>{label}</span>
      {control}
      {!isFixed && (variable.optionCount ?? 0) > options.length && <Typed variable={variable} />}
    </div>
  );
}

/** A value that is typed: of a text, or of a list that is too long to show. */
function Typed({ variable: { name, label, type, values } }: { readonly variable: VariableValue }) {
  const box = useBox();
  const [text, setText] = useState(type === 'textbox' ? (values[0] ?? '') : '');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change({ [`var-${name}`]: text.trim() });
      }}
    >
      <input
        aria-label={`${label}, typed`}
        placeholder="type a value"
        style={{ ...box, width: 160 }}
        value={text}
        onChange={({ target: { value } }) => setText(value)}
      />
    </form>
  );
}

/** A list of which several can be chosen. */
function Several({
  variable,
  listed,
}: {
  readonly variable: VariableValue;
  readonly listed: readonly string[];
}) {
  const theme = useTheme2();
  const box = useBox();
  const { name, label, all, values, includeAll } = variable;
  const chosen = new Set(all ? [] : values);
  const set = (list: readonly string[]) =>
    change({ [`var-${name}`]: list.length > 0 ? list : includeAll === true ? ['$__all'] : null });
  return (
    <details style={{ position: 'relative' }}>
      <summary style={{ ...box, cursor: 'pointer' }} title={heldBy(variable)}>
        {heldBy(variable)}
      </summary>
      <fieldset
        aria-label={label}
        style={{
          position: 'absolute',
          zIndex: 10,
          top: '100%',
          maxHeight: 320,
          overflow: 'auto',
          padding: 8,
          background: theme.colors.background.primary,
          border: `1px solid ${theme.colors.border.medium}`,
          boxShadow: theme.shadows.z2,
        }}
      >
        {includeAll === true && (
          <label style={{ display: 'block', whiteSpace: 'nowrap' }}>
            <input type="checkbox" checked={all} onChange={() => set(['$__all'])} /> All
          </label>
        )}
        {listed.map((option) => (
          <label key={option} title={option} style={{ display: 'block', whiteSpace: 'nowrap' }}>
            <input
              type="checkbox"
              checked={chosen.has(option)}
              onChange={({ target: { checked } }) => {
                if (checked) set([...chosen, option]);
                else set([...chosen].filter((other) => other !== option));
              }}
            />
            {` ${shownAs(variable, option)}`}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

/** Which annotations are drawn, with a sample of their mark. */
function Annotations({ dashboard, annotations, note }: Props) {
  const theme = useTheme2();
  const list = (dashboard.annotations?.list ?? []).filter(
    ({ expr, hide }) => expr !== undefined && hide !== true,
  );
  const place = { display: 'flex', alignItems: 'center', gap: 4 };
  return list.map(({ name, iconColor = 'red' }) => {
    const color = theme.visualization.getColorByName(iconColor);
    const mark = <span style={{ height: 14, borderLeft: `2px dashed ${color}` }} />;
    if (note !== undefined) {
      return (
        <span key={name} style={place}>
          {mark} {name}
        </span>
      );
    }
    return (
      <label key={name} style={place}>
        <input
          type="checkbox"
          checked={annotations.includes(name)}
          onChange={({ target: { checked } }) => {
            const wanted = checked ? [...annotations, name] : annotations.filter((other) => other !== name);
            change({ annotations: wanted.length > 0 ? wanted : '' });
          }}
        />
        {mark}
        {name}
      </label>
    );
  });
}

/** Links of a dashboard; those to dashboards of a tag are listed. */
function Links({ dashboard, dashboards, loaded, raw, note }: Props) {
  const box = useBox();
  const theme = useTheme2();
  const links = dashboard.links ?? [];
  if (note !== undefined) {
    return links.map(({ title, asDropdown }) => (
      <span key={title} style={box}>
        <Icon name={asDropdown === true ? 'bars' : 'external-link-alt'} size="sm" /> {title}
      </span>
    ));
  }
  const query = (includeVars?: boolean, keepTime?: boolean) => {
    const parameters = new URLSearchParams(keepTime === true ? { from: raw.from, to: raw.to } : {});
    for (const { name, all, values, type } of includeVars === true ? loaded.variables : []) {
      if (type === 'datasource') continue;
      for (const value of all ? ['$__all'] : values) parameters.append(`var-${name}`, value);
    }
    return parameters.size === 0 ? '' : `?${parameters}`;
  };
  const anchor = (key: string, href: string, text: string, isOther = false) => (
    <a
      key={key}
      href={href}
      style={{ ...box, color: theme.colors.text.link, display: 'block' }}
      {...(isOther ? { target: '_blank', rel: 'noreferrer' } : {})}
    >
      {text}
    </a>
  );
  return links.map(({ title, type, url, tags = [], asDropdown, includeVars, keepTime, targetBlank }) => {
    if (type !== 'dashboards') return anchor(title, url ?? '#', title, targetBlank);
    const meant = dashboards
      .filter((other) => tags.every((tag) => other.tags?.includes(tag) === true))
      .map((other) => anchor(other.uid, `/d/${other.uid}${query(includeVars, keepTime)}`, other.title));
    return asDropdown === true ? (
      <details key={title} style={{ position: 'relative' }}>
        <summary style={{ ...box, cursor: 'pointer' }}>{title}</summary>
        <div style={{ position: 'absolute', right: 0, zIndex: 10, boxShadow: theme.shadows.z2 }}>{meant}</div>
      </details>
    ) : (
      meant
    );
  });
}

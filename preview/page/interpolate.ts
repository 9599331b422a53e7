import { type DataFrame, type Field, formattedValueToString, type ScopedVars } from '@grafana/data';
import type { DashboardData } from '../../src/view/queries.js';
import { type BuiltIn, substituteInText, type VariableValue } from '../../src/view/variables.js';

/** What a link or title can refer to. */
export interface TextScope {
  readonly variables: readonly VariableValue[];
  readonly builtIn: BuiltIn;
  /** The range as the address has it: `now-6h`, or milliseconds. */
  readonly raw: DashboardData['dashboard']['time'];
}

interface DataContext {
  readonly frame?: DataFrame;
  readonly field?: Field;
  readonly rowIndex?: number;
  readonly calculatedValue?: { readonly text: string; readonly numeric: number };
}

const MACRO =
  /\$\{(__(?:value|field|data|series|url_time_range|all_variables))((?:\.[\w]+|\["[^"]+"\]|\['[^']+'\])*)(?::(\w+))?\}/g;

/** Replaces variables and what stands for the value that a link belongs to, as Grafana does. */
export function interpolator(scope: TextScope) {
  const { variables, builtIn, raw } = scope;
  return (text = '', scoped?: ScopedVars, format?: unknown): string => {
    const context = (scoped?.__dataContext?.value ?? {}) as DataContext;
    const replaced = text.replace(MACRO, (whole, name: string, path: string, own?: string) => {
      switch (name) {
        case '__url_time_range':
          return `from=${encodeURIComponent(raw.from)}&to=${encodeURIComponent(raw.to)}`;
        case '__all_variables':
          return variables
            .map(({ name }) => substituteInText(`\${${name}:queryparam}`, variables, builtIn))
            .join('&');
      }
      const keys = [...path.matchAll(/\.(\w+)|\["([^"]+)"\]|\['([^']+)'\]/g)].map(
        ([, plain, double, single]) => plain ?? double ?? single ?? '',
      );
      const value = contextValue(name, keys, context);
      if (value === undefined) return whole;
      return own === 'percentencode' || format === 'uriencode' ? encodeURIComponent(value) : value;
    });
    return substituteInText(replaced, variables, builtIn, format === 'uriencode');
  };
}

function contextValue(name: string, keys: readonly string[], context: DataContext): string | undefined {
  const { frame, field, rowIndex, calculatedValue } = context;
  const [first = '', second = ''] = keys;
  const cell = (of: Field | undefined): string | undefined =>
    of === undefined || rowIndex === undefined ? undefined : String(of.values[rowIndex] ?? '');
  switch (name) {
    case '__value':
      if (first === 'text' || first === '') {
        if (calculatedValue !== undefined) return calculatedValue.text;
        const value = field === undefined || rowIndex === undefined ? undefined : field.values[rowIndex];
        return field?.display === undefined ? cell(field) : formattedValueToString(field.display(value));
      }
      if (first === 'time') return cell(frame?.fields.find(({ type }) => type === 'time'));
      return calculatedValue === undefined ? cell(field) : String(calculatedValue.numeric);
    case '__field':
      return first === 'labels'
        ? (field?.labels?.[second] ?? '')
        : (field?.config.displayName ?? field?.name);
    case '__series':
      return frame?.name;
    case '__data': {
      const wanted = frame?.fields.find(
        ({ name, config }, i) => name === second || config.displayName === second || String(i) === second,
      );
      return cell(wanted);
    }
    default:
      return undefined;
  }
}

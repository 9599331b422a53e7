import { stringify } from 'yaml';
import { findTool, toolVersion } from '../../src/processes/find.js';

/** A generator of numbers that a seed determines. */
export function randomOf(seed: number) {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    chance: (share: number) => next() < share,
    of: <T>(list: readonly T[]): T => list[below(list.length)] as T,
  };
}
export type Random = ReturnType<typeof randomOf>;

/** What a version of Alertmanager reads. */
export interface Syntax {
  readonly quotedLabels: boolean;
  /** Before 0.31, an empty `group_by` was read as if it were missing. */
  readonly emptyGroupBy: boolean;
}

/** What the Alertmanager that the tests use reads. */
export async function syntaxInUse(): Promise<Syntax> {
  const { major, minor } = await toolVersion('amtool', await findTool('amtool'));
  const isFrom = (least: number) => major > 0 || minor >= least;
  return { quotedLabels: isFrom(27), emptyGroupBy: isFrom(31) };
}

export type Values = Readonly<Record<string, string>>;

const LABELS = ['alertname', 'severity', 'team', 'relay', 'a_b'];
const VALUES = ['', 'a', 'b', 'ab', 'A', 'a.b', 'x y', 'é', 'a|b', 'a"b', 'a\\b', 'a,b', '1'];
/** RE2's syntax, and what JavaScript's regular expressions do not have or read otherwise. */
const PATTERNS = [
  'a|b',
  '(a|b)',
  '^(?:a|b)$',
  'a.*',
  '.*',
  '.+',
  '',
  '[a-c]+',
  '(?i)a',
  '[[:alpha:]]+',
  '\\w+',
  'a\\.b',
  'a.b',
  '\\Qa.b\\E',
  '(?P<n>a|ab)',
  'x\\sy',
  '\\pL+',
  '[^a]*',
  'b?|A',
  '\\x61',
];

/** Labels of an alert; those that are left out are missing. */
export function randomLabels(random: Random): Values {
  const pairs = LABELS.map((label) => [label, random.of(VALUES)] as const);
  return Object.fromEntries([
    ...pairs.filter(([label, value]) => value !== '' && label !== 'alertname' && random.chance(0.8)),
    ['alertname', random.of(['a', 'b', 'ab'])],
  ]);
}

interface Condition {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

function condition(random: Random): Condition {
  const operator = random.of(['=', '=', '!=', '=~', '=~', '!~']);
  const isPattern = operator.endsWith('~');
  return { label: random.of(LABELS), operator, value: random.of(isPattern ? PATTERNS : VALUES) };
}

const classicQuoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`;

/** A matcher as a text, in one of the spellings that mean the same. */
function spelled(random: Random, { label, operator, value }: Condition, syntax: Syntax): string {
  const gap = random.of(['', '', ' ']);
  const bare = /^[\w.|é]+$/.test(value) && random.chance(0.3) ? value : classicQuoted(value);
  const name = syntax.quotedLabels && random.chance(0.3) ? `"${label}"` : label;
  return `${name}${gap}${operator}${gap}${bare}`;
}

/** Conditions as a route or an inhibition rule has them: `match`, `match_re` and `matchers`. */
export function randomMatchers(random: Random, prefix: string, syntax: Syntax): Record<string, unknown> {
  const match: Record<string, string> = {};
  const matchRe: Record<string, string> = {};
  const matchers: string[] = [];
  for (let left = random.below(3); left >= 0; left -= 1) {
    const one = condition(random);
    if (one.operator === '=' && random.chance(0.4)) match[one.label] = one.value;
    else if (one.operator === '=~' && random.chance(0.4)) matchRe[one.label] = one.value;
    else matchers.push(spelled(random, one, syntax));
  }
  if (matchers.length > 1 && random.chance(0.3)) {
    matchers.splice(0, matchers.length, `{${matchers.join(', ')}}`);
  }
  return {
    ...(Object.keys(match).length === 0 ? {} : { [`${prefix}match`]: match }),
    ...(Object.keys(matchRe).length === 0 ? {} : { [`${prefix}match_re`]: matchRe }),
    ...(matchers.length === 0 ? {} : { [`${prefix}matchers`]: matchers }),
  };
}

/** A random node of a routing tree, as it stands in the file. */
export function randomRoute(random: Random, receivers: string[], depth: number, syntax: Syntax): object {
  const receiver = random.chance(0.8) ? `r${receivers.length}` : undefined;
  if (receiver !== undefined) receivers.push(receiver);
  const group = random.of([
    undefined,
    undefined,
    ['...'],
    ['alertname'],
    ['team', 'alertname'],
    ['relay', 'severity'],
    ...(syntax.emptyGroupBy ? [[]] : []),
  ]);
  const routes = depth === 0 ? 0 : random.below(4);
  return {
    ...randomMatchers(random, '', syntax),
    ...(receiver === undefined ? {} : { receiver }),
    ...(group === undefined ? {} : { group_by: group }),
    ...(random.chance(0.4) ? { continue: random.chance(0.7) } : {}),
    ...(routes === 0
      ? {}
      : {
          routes: Array.from({ length: routes }, () => randomRoute(random, receivers, depth - 1, syntax)),
        }),
  };
}

/** The text of a configuration whose receivers exist and send nothing. */
export const configOf = (route: object, receivers: readonly string[], inhibit: readonly object[] = []) =>
  stringify({
    route,
    receivers: receivers.map((name) => ({ name })),
    ...(inhibit.length === 0 ? {} : { inhibit_rules: inhibit }),
  });

/** A random configuration: the root route has a receiver and no conditions. */
export function randomConfig(seed: number, syntax: Syntax): string {
  const random = randomOf(seed);
  const receivers = ['root'];
  const routes = Array.from({ length: 1 + random.below(4) }, () => randomRoute(random, receivers, 2, syntax));
  return configOf({ receiver: 'root', group_by: ['alertname'], routes }, receivers);
}

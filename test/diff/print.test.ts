import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/diff/finding.js';
import { asJson, asMarkdown, asText, type Comparison, MARKER } from '../../src/diff/print.js';

const finding = (
  level: Finding['level'],
  kind: string,
  subject: string,
  more: Partial<Finding> = {},
): Finding => ({
  ...{ level, kind, subject, consequence: 'It is so.', file: 'r.yaml', ...more },
});
const comparison = (more: Partial<Comparison> = {}): Comparison => ({
  ...{ base: 'main', head: 'work', findings: [], notes: [], ...more },
});
const FINDINGS = [
  finding('breaking', 'alert-removed', 'alert A', { before: 'up == 0', line: 3 }),
  finding('notable', 'for-changed', 'alert B', { before: '1m', after: '2m' }),
  finding('notable', 'label-added', 'alert B', { after: 'a="b"' }),
  finding('notable', 'not-read', 'file x'),
  finding('harmless', 'text-changed', 'alert C', { before: 'a', after: 'b' }),
];

describe('a comparison for people', () => {
  it('has a block for each level, and harmless changes as a number', () => {
    expect(asText(comparison({ findings: FINDINGS, notes: ['A note.'] }))).toBe(`main → work

BREAKING
  alert A
    alert removed: up == 0 → gone
      It is so.

NOTABLE
  alert B
    for changed: 1m → 2m
      It is so.
    label added: a="b"
      It is so.
  file x
    not read
      It is so.

A note.

1 breaking, 3 notable, 1 harmless (--all lists harmless changes: text changed)`);
  });

  it('may list the harmless ones, without what follows from them', () => {
    const text = asText(comparison({ findings: FINDINGS.slice(4) }), { all: true });
    expect(text).toBe('main → work\n\nHARMLESS\n  alert C\n    text changed: a → b\n\n1 harmless');
    const harmless = ['a-b', 'c', 'c'].map((kind) => finding('harmless', kind, 'x'));
    expect(asText(comparison({ findings: harmless }))).toBe(
      'main → work\n\n3 harmless (--all lists harmless changes: a b and c)',
    );
    expect(asText(comparison({ findings: FINDINGS.slice(0, 1) }), { all: false })).not.toContain('--all');
  });

  it('says that nothing has an effect, and what was not read', () => {
    expect(asText(comparison())).toBe('main → work\n\nNo effect: rules and dashboards are equivalent.');
    const unread = [
      { file: 'a.yaml', reason: 'broken' },
      { file: 'b.yaml', line: 3, reason: 'odd' },
    ];
    expect(asText(comparison({ unread }))).toBe(
      'main → work\n\nNot read:\n  a.yaml: broken\n  b.yaml:3: odd\n\nNo effect: the rules and dashboards that were read are equivalent.',
    );
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ file: `f${i}`, reason: 'x' }));
    expect(asText(comparison({ unread: many(20) }))).toContain('  f19: x\n\nNo effect');
    expect(asText(comparison({ unread: many(22) }))).toContain(
      '  f19: x\n  and 2 more; --json lists all\n\nNo effect',
    );
  });

  it('is wrapped to the width of the terminal', () => {
    const long = 'word '.repeat(40).trim();
    const findings = [finding('notable', 'k', 's', { after: long, consequence: long })];
    const lines = (width?: number) =>
      asText(
        comparison({ findings, notes: [long], unread: [{ file: 'f', reason: long }] }),
        width === undefined ? {} : { width },
      ).split('\n');
    const longest = (width?: number) => Math.max(...lines(width).map((line) => line.length));
    // Five columns each for a word and its space.
    expect([longest(40), longest(), longest(200)]).toEqual([40, 100, 110]);
    const indents = new Set(
      lines(40)
        .filter((line) => line.includes('word'))
        .map((line) => /^ */.exec(line)?.[0].length),
    );
    expect(indents).toEqual(new Set([4, 6, 0, 2]));
  });

  it('has no control characters of the files, and colors only where they are wanted', () => {
    const findings = [
      finding('breaking', 'k', 'a\u001b[1m', { after: 'b\u0007\u009f', consequence: 'c\u0000\nd' }),
      ...['notable', 'harmless'].map((level) => finding(level as 'notable', 'k', 's')),
    ];
    const unread = [{ file: 'f\u007f', reason: 'r' }];
    const plain = asText(comparison({ findings, unread }), { all: true });
    expect(plain).toContain('  a[1m\n    k: b\n      c\n      d\n');
    expect(plain).toContain('  f: r');
    const colored = asText(comparison({ findings, notes: ['note'], unread }), { all: true, colour: true });
    const ESC = '\u001b[';
    for (const part of [
      ...[
        `${ESC}1mmain → work${ESC}22m`,
        `${ESC}31mBREAKING${ESC}39m`,
        `${ESC}33mNOTABLE${ESC}39m`,
        `${ESC}90mHARMLESS${ESC}39m`,
      ],
      ...[
        `${ESC}2m      c\n      d${ESC}22m`,
        `  ${ESC}1ms${ESC}22m`,
        `${ESC}2mnote${ESC}22m`,
        `${ESC}2mNot read:`,
      ],
      `${ESC}1m1 breaking, 1 notable, 1 harmless${ESC}22m`,
    ]) {
      expect(colored).toContain(part);
    }
    expect(asText(comparison(), { colour: true })).toContain(`${ESC}32mNo effect`);
  });
});

describe('a comparison for a pull request', () => {
  it('has a table for each level', () => {
    expect(
      asMarkdown(
        comparison({
          findings: FINDINGS,
          notes: ['A <note> @all.'],
          unread: [{ file: 'x', line: 2, reason: 'y|z' }],
        }),
      ),
    ).toBe(
      `${MARKER}
### Alerts and dashboards: 1 breaking, 3 notable, 1 harmless

\`main\` → \`work\`

#### Breaking

|  | Change | Effect |
| --- | --- | --- |
| \`alert A\` | alert removed: \`up == 0\` → gone | It is so. (\`r.yaml:3\`) |

<details open><summary>Notable (3)</summary>

|  | Change | Effect |
| --- | --- | --- |
| \`alert B\` | for changed: \`1m\` → \`2m\` | It is so. (\`r.yaml\`) |
| \`alert B\` | label added: \`a="b"\` | It is so. (\`r.yaml\`) |
| \`file x\` | not read:  | It is so. (\`r.yaml\`) |

</details>

<details><summary>Harmless (1)</summary>

|  | Change | Effect |
| --- | --- | --- |
| \`alert C\` | text changed: \`a\` → \`b\` | It is so. (\`r.yaml\`) |

</details>

A \\<note\\> @\u200ball.

<details><summary>Not read (1)</summary>

- x:2: y\\|z

</details>
`,
    );
  });

  it('may have nothing to say', () => {
    expect(asMarkdown(comparison())).toBe(
      `${MARKER}\n### Alerts and dashboards: no consequences\n\n\`main\` → \`work\`\n\nNo effect: rules and dashboards are equivalent.\n`,
    );
  });

  it('shows texts as they are', () => {
    const odd = finding('breaking', 'k', 'a`b', {
      before: ' x ``y`` |  z\n ',
      after: '',
      consequence: '*_[]#~\\ & \u0007  c',
    });
    expect(asMarkdown(comparison({ findings: [odd] }))).toContain(
      '| `` a`b `` | k: ``` x ``y`` \\| z ``` →  | \\*\\_\\[\\]\\#\\~\\\\ &amp; c (`r.yaml`) |',
    );
  });

  it('fits into a comment', () => {
    const findings = Array.from({ length: 1000 }, (_, i) =>
      finding('harmless', 'k', `s${i}`, { consequence: 'x'.repeat(70 + (i % 10)) }),
    );
    const text = asMarkdown(comparison({ findings: [finding('breaking', 'k', 's'), ...findings] }));
    expect(text.length).toBeLessThan(60_000);
    expect(text.length).toBeGreaterThan(59_000);
    const rows = text.split('\n').filter((line) => line.startsWith('| `s')).length;
    expect(text).toContain(
      `\n${1001 - rows} more findings do not fit into this comment; run the command to see them.\n`,
    );
    expect(text).toContain('Harmless (1000)');
    // Names, notes and what was not read take room as well.
    const long = 'y'.repeat(5000);
    const crowded = asMarkdown({ ...comparison({ findings, notes: [long, long] }), base: long, head: long });
    expect(crowded.length).toBeLessThan(60_000);
    expect(crowded.length).toBeGreaterThan(59_000);
    // A level of which nothing fits has no table.
    const full = Array.from({ length: 900 }, (_, i) =>
      finding('breaking', 'k', `s${i}`, { consequence: 'x'.repeat(80) }),
    );
    expect(
      asMarkdown(comparison({ findings: [...full, finding('harmless', 'k', 't'.repeat(2000))] })),
    ).not.toContain('Harmless');
  });
});

it('a comparison for machines has everything', () => {
  const unread = [{ file: 'x', reason: 'y' }];
  expect(JSON.parse(asJson(comparison({ findings: FINDINGS, notes: ['n'], unread })))).toEqual({
    ...{ base: 'main', head: 'work', count: { breaking: 1, notable: 3, harmless: 1 } },
    ...{ findings: FINDINGS, notes: ['n'], unread },
  });
  expect(asJson(comparison())).toBe(
    '{\n  "base": "main",\n  "head": "work",\n  "count": {\n    "breaking": 0,\n    "notable": 0,\n    "harmless": 0\n  },\n  "findings": [],\n  "notes": [],\n  "unread": []\n}',
  );
});

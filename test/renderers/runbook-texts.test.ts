import { describe, expect, it } from 'vitest';
import { pendingWritesStateFileReadFailure } from '../../metrics/exporter.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { PageStep } from '../../src/model/runbook.js';
import { renderRunbooks } from '../../src/renderers/runbooks/index.js';

const bundleOf = (config: ConfigInput) => buildBundle(parseConfig(config), definitions());
const rendered = (config: ConfigInput) =>
  new Map(
    renderRunbooks(bundleOf(config)).map(({ path, content }) => [path.replace('runbooks/', ''), content]),
  );
const rules = bundleOf({ watchdog: 'on' }).alertGroups.flatMap((group) => group.rules);
const steps = rules.flatMap(({ alert, page }) =>
  page === undefined
    ? []
    : (['check', 'act'] as const).map((part) => ({ alert, list: page[part] as readonly PageStep[] })),
);
const isAlertPage = (path: string) => !['README.md', 'gateway.md'].includes(path);

describe('the contacts of a site', () => {
  const contacts = {
    gateway: 'Storage team, [#storage](https://chat.example/storage), +49 30 1234',
    workers: '[inventory](https://inventory.example)',
  };

  it('are on every page, with a link to what to do if no one answers', () => {
    const pages = [...rendered({ contacts })].filter(([path]) => isAlertPage(path));
    expect(pages.length).toBeGreaterThan(30);
    for (const [path, text] of pages) {
      for (const part of [contacts.gateway, contacts.workers, '(README.md#contacts)'])
        expect([path, text]).toEqual([path, expect.stringContaining(part)]);
    }
  });

  it('are in the index, which also names the settings that are not set', () => {
    const index = rendered({ contacts }).get('README.md') ?? '';
    const [, table = ''] = index.split('<a id="contacts"></a>');
    const rows = table.split('\n## By symptom')[0]?.split('\n') ?? [];
    expect(rows.find((row) => row.includes('owner of the gateway'))).toContain(contacts.gateway);
    expect(rows.find((row) => row.includes('owner of a worker'))).toContain(contacts.workers);
    expect(rows.find((row) => row.includes('configuration of this bundle'))).toMatch(
      /Not set \(`contacts\.configuration`\)/,
    );
    expect(rows.join('\n')).toMatch(/If no one answers, .*Restart neither a worker nor a gateway process/s);
  });

  it('are named as not set where a site has none, with the settings', () => {
    const pages = rendered({});
    for (const [path, text] of pages)
      if (isAlertPage(path))
        expect([path, text]).toEqual([
          path,
          expect.stringContaining('[Whom to ask](README.md#contacts):** no contacts are set.'),
        ]);
    for (const setting of ['gateway', 'workers', 'configuration'])
      expect(pages.get('README.md')).toContain(`\`contacts.${setting}\``);
  });

  it('stay in one row of the table, whatever they contain', () => {
    expect(rendered({ contacts: { gateway: ' A | B ' } }).get('README.md')).toContain('| A \\| B |');
  });

  it.each([
    ['two\nlines', /contacts\.gateway: found "two\\nlines", expected one line/],
    ['  ', /contacts\.gateway: found " {2}", expected a name, a phone number or a link/],
    [7, /contacts\.gateway: found 7, expected a text, such as a name, a phone number or a link/],
  ])('are refused if they are not a text of one line: %j', (gateway, message) => {
    expect(() => parseConfig({ contacts: { gateway } } as never)).toThrow(message);
  });
});

describe('the texts of an alert', () => {
  const warnings = bundleOf({ workers: { alwaysOn: true } }).alertGroups.flatMap((group) =>
    group.rules.filter(({ severity }) => severity === 'warning'),
  );

  it.each(warnings.map((rule) => [rule.alert, rule] as const))(
    'agree on the urgency of a warning, in the message and on the page: %s',
    (_, { annotations, page }) => {
      // A warning becomes a ticket. Whoever sees it at night can do without more than a look at the mirrors.
      expect(page?.urgency).toMatch(
        /^(?:Can wait|Check the mirrors now, .* If they are healthy, the rest can wait) until the morning\b/,
      );
      expect(annotations.description).toMatch(/\bcan wait until the morning\b/i);
      const condition = 'they are healthy, the rest can wait until the morning';
      expect(annotations.description.includes(condition)).toBe(page?.urgency?.includes(condition));
    },
  );

  it('include the case of a page whose worker is unknown', () => {
    const stuck = rules.find(({ alert }) => alert === 'GatewayPendingWritesStuck');
    for (const text of [stuck?.annotations.description, stuck?.page?.urgency])
      expect(text).toMatch(/host.* is unknown, check the mirrors: while they are healthy, the rest can wait/);
  });
});

describe('the steps of a page', () => {
  it('decide which mirrors are healthy by one text, with the time of the last write as the next step', () => {
    const asking = steps.flatMap(({ alert, list }) =>
      list.flatMap((step, i) =>
        step.text.includes('`lagMs`, the') ? [{ alert, step, next: list[i + 1] }] : [],
      ),
    );
    expect(asking.length).toBeGreaterThan(10);
    const rule = ({ text }: PageStep) => text.slice(text.indexOf('At least one has to be'));
    expect(new Set(asking.map(({ step }) => rule(step))).size).toBe(1);
    for (const { alert, next } of asking) {
      expect([alert, next?.query]).toEqual([alert, expect.stringMatching(/writes_accepted.*\$RELAY/s)]);
      expect([alert, next?.text]).toEqual([alert, expect.stringContaining('counts as not healthy')]);
    }
    // Where a text depends on the mirrors, the page shows how to judge them.
    for (const { alert, page } of rules)
      if (page?.urgency?.includes('while the mirrors are healthy'))
        expect(asking.map((one) => one.alert)).toContain(alert);
  });

  it('show the host of a gateway process before they name its log', () => {
    const ofLog = steps.flatMap(({ alert, list }) =>
      list.flatMap(({ host, command }, i) =>
        host === 'gateway' && command?.includes('GATEWAY_LOG') === true
          ? [{ alert, before: list.slice(0, i).map(({ query }) => query ?? '') }]
          : [],
      ),
    );
    expect(ofLog.length).toBeGreaterThan(4);
    const hasInstance = (query: string) =>
      /job="gateway"/.test(query) && !/sum by \((?!instance)/.test(query);
    for (const { alert, before } of ofLog) expect([alert, before.some(hasInstance)]).toEqual([alert, true]);
  });

  it('describe what to do with an invalid state file wherever a worker is restarted', () => {
    const restarting = steps.flatMap(({ alert, list }) =>
      list.flatMap(({ text }) => (/#(?:restart-service|run-rotation)\)/.test(text) ? [{ alert, text }] : [])),
    );
    expect(restarting.length).toBeGreaterThan(8);
    const withoutFile = restarting.filter(({ text }) => !text.includes('#rewrite-state-file)'));
    // A secret that was entered: the step that it names has the check.
    expect(withoutFile.map(({ alert }) => alert)).toEqual(['GatewayPushesFailing']);
    const { avoid = [] } = rules.find(({ alert }) => alert === 'GatewayPushesFailing')?.page ?? {};
    expect(avoid.join('\n')).toContain('while its state file is invalid');
  });

  it('check the state file between quitting an app and starting it', () => {
    const [, section = ''] = (rendered({}).get('gateway.md') ?? '').split('<a id="restart-service"></a>');
    const [text = ''] = section.split('<a id=');
    const quits = text.slice(text.indexOf('to quit the app'));
    expect(quits).toMatch(/Check the file again before .* starts the app.*jq -es/s);
    expect(quits).toMatch(/invalid after the app has quit, the queue is lost.*#start-pushes/s);
  });

  it('explain each reason why a state file cannot be read, and have what to do about it', () => {
    const reasons = pendingWritesStateFileReadFailure.labels.reason?.values ?? [];
    expect(reasons.length).toBeGreaterThan(10);
    const page = rules.find(({ alert }) => alert === 'PendingWritesStateFileUnreadable')?.page;
    const actions = page?.act.map(({ text }) => text).join('\n') ?? '';
    for (const text of [page?.meaning ?? '', actions])
      expect(reasons.filter((reason) => !text.includes(`\`${reason}\``))).toEqual([]);
  });

  it('print no peer keys and no ids of leases', () => {
    const commands = [
      ...steps.flatMap(({ list }) => list.map(({ command = '' }) => command)),
      rendered({}).get('gateway.md') ?? '',
    ].flatMap((text) => text.match(/^.*\/api\/(?:relays|blind-peer\/replicas)" \|.*$/gm) ?? []);
    expect(commands.length).toBeGreaterThan(20);
    for (const command of commands) expect(command).toMatch(/del\(.*\.leaseId.*\.ownerPeerKey\)/);
  });
});

/** The numbers of `relay:gateway_relay_phase:code`, and what a reader sees in each. */
const PHASES: readonly (readonly [number: number, word: string, meaning: string])[] = [
  [0, 'idle', ''],
  [1, 'worker away', ''],
  [2, 'pushing', ''],
  [3, 'resyncing', 'the worker processes its job'],
  [4, 'rotating', 'the worker replaces the escrow deposit'],
  [5, 'stuck', 'pushed and not ingested'],
  [6, 'blocked', 'users cannot write, or their lease has expired'],
  [7, 'unknown', 'the gauge is gone'],
];

/** What a page says to do in each phase. */
const IN_PHASE: Readonly<Record<string, string>> = {
  '1 worker away': 'bring it back if it should not be.',
  '2 pushing, 3 resyncing, 4 rotating the escrow deposit': 'in progress, so look again in 10 minutes.',
  '5 stuck': 'see [GatewayPendingWritesStuck](GatewayPendingWritesStuck.md).',
  '6 blocked, users cannot write': '[Request a lease](gateway.md#request-lease).',
  '7 unknown, the gauge is gone': 'see [GatewayPendingWritesForgotten](GatewayPendingWritesForgotten.md).',
};

describe('the number of a phase', () => {
  const pages = [...rendered({ watchdog: 'on', workers: { alwaysOn: true } })];
  const gateway = new Map(pages).get('gateway.md') ?? '';

  it('comes with its word and its meaning in the procedure, and in the recorded series', () => {
    const [, listed = ''] = /Phase of the relay: (.*)\.$/m.exec(gateway) ?? [];
    expect(listed).toBe(
      PHASES.map(
        ([number, word, meaning]) => `${number} ${word}${meaning === '' ? '' : ` (${meaning})`}`,
      ).join(', '),
    );
    const { help } =
      bundleOf({})
        .recordingGroups.flatMap((group) => group.rules)
        .find(({ record }) => record === 'relay:gateway_relay_phase:code')?.definition ?? {};
    expect(help).toContain(`: ${PHASES.map(([number, word]) => `${number} ${word}`).join(', ')}.`);
  });

  it('comes with its word and what to do wherever a page asks for the phase', () => {
    const asking = pages.filter(([path, text]) => isAlertPage(path) && text.includes('Phase?'));
    expect(asking.map(([path]) => path.replace('.md', ''))).toEqual([
      'GatewayPendingWritesWaiting',
      'GatewayPendingWritesOld',
      'GatewayPendingWritesOverdue',
      'GatewayReplicaMainPath',
      'GatewayReplicaMainPathTooLong',
    ]);
    const advice = Object.entries(IN_PHASE).map(([phase, what]) => `${phase}: ${what}`);
    for (const [path, text] of asking) {
      const own = path.includes('Waiting') ? '1 is normal while the worker is meant to be away. ' : '';
      expect([path, /Phase\? .*/.exec(text)?.[0]]).toEqual([path, `Phase? ${own}${advice.join(' ')}`]);
    }
  });

  it('is the right one before its word in every page', () => {
    const words = PHASES.map(([, word]) => word).join('|');
    const said = pages.flatMap(([, text]) =>
      [...text.matchAll(new RegExp(`\\b(\\d+) (${words})\\b`, 'g'))].map(([, number, word]) => [
        Number(number),
        word,
      ]),
    );
    expect(said.length).toBeGreaterThan(40);
    const right = PHASES.map(([number, word]) => `${number} ${word}`);
    expect(said.filter(([number, word]) => !right.includes(`${number} ${word}`))).toEqual([]);
  });

  it('is the one of a worker that is away where a page names no word', () => {
    const named = pages.flatMap(([path, text]) =>
      (text.match(/\b(?:[Oo]ther )?[Pp]hases? (?:than )?\d[^.]*\./g) ?? []).map((what) => `${path}: ${what}`),
    );
    expect(named).toEqual([
      'GatewayPendingWritesWaiting.md: other phase than 1, do what the first check says.',
      'GatewayPendingWritesOld.md: Phase 1: ask the owner of the worker whether it is still in use, and bring it online.',
    ]);
  });
});

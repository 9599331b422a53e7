import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { findTool } from '../../src/processes/find.js';
import { listenOnLoopback } from '../../src/processes/process.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { renderRunbooks } from '../../src/renderers/runbooks/index.js';

const RELAY = 'a'.repeat(64);
// Longer than a block of SHA-256, so that its digest is the key, and with what a shell would read.
const SECRETS = ['short', `${'long $(id) "quoted" \\ % '.repeat(4)}é`, 'x'.repeat(64)];

/** What a site does not say and the steps show how to find. */
const SET_BY_THE_READER = 'PROMETHEUS=http://127.0.0.1:9 LAG_MS=5 LAST_HEALTHY_MS=1700000000000';

/** What a reader sets in the first lines of a block. */
const SUBJECTS = { '<key>': RELAY, '<host:port>': 'host:1' };
const filled = (lines: string) =>
  Object.entries(SUBJECTS).reduce((text, [from, to]) => text.replaceAll(`='${from}'`, `='${to}'`), lines);

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: TemporaryFolder;
let gateway: ReturnType<typeof createServer>;
let gatewayApi = '';
let calls: Call[] = [];
let statusOfGateway = 200;
beforeAll(async () => {
  folder = temporaryFolder('runbook-commands');
  gateway = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://gateway');
      const body = Buffer.concat(chunks).toString('utf8');
      calls.push({ method: request.method ?? '', url, headers: request.headers, body });
      response.statusCode = statusOfGateway;
      response.setHeader('content-type', 'application/json');
      if (statusOfGateway !== 200) return response.end('{"error":"refused"}');
      response.end(
        JSON.stringify({
          status: 'ok',
          leases: [{ relayKey: RELAY, leaseId: 'confidential', status: 'active', expiresAt: 1 }],
          replicas: [
            { identifier: RELAY, lagMs: 5, healthy: true, ownerPeerKey: 'confidential' },
            { identifier: 'other', lagMs: 7, healthy: true },
          ],
        }),
      );
    });
  });
  gatewayApi = `http://127.0.0.1:${await listenOnLoopback(gateway)}`;
});
afterAll(async () => {
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
  folder.remove();
});

const pagesFor = (commands: NonNullable<ConfigInput>['commands']) =>
  new Map(
    renderRunbooks(buildBundle(parseConfig({ commands }), definitions())).map(({ path, content }) => [
      path.replace('runbooks/', ''),
      content,
    ]),
  );

/** The lines to paste of a page, or of one section of it. */
function blocks(page: string, section?: string): string[] {
  const from = section === undefined ? 0 : page.indexOf(`<a id="${section}"></a>`);
  const end = section === undefined ? -1 : page.indexOf('<a id=', from + 1);
  const text = page.slice(from, end < 0 ? undefined : end);
  return [...text.matchAll(/^( *)```bash\n([\s\S]*?)^\1```$/gm)].map(([, indent, lines]) =>
    (lines as string).replace(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** Runs lines in Bash, or pastes them at its prompt. The programs that it calls are recorded with their arguments. */
async function bash(
  lines: string,
  how: 'as a script' | 'pasted' = 'as a script',
): Promise<{ code: number; stdout: string; stderr: string; argv: string }> {
  const log = join(folder.path, 'argv');
  writeFileSync(log, '');
  for (const name of ['curl', 'openssl', 'jq', 'od', 'cut', 'tr', 'cat', 'promtool', 'amtool']) {
    const wrapper = join(folder.path, name);
    writeFileSync(
      wrapper,
      `#!/bin/sh\nprintf '%s ' ${name} "$@" >> ${log}\nPATH="$REAL_PATH" exec ${name} "$@"\n`,
    );
    chmodSync(wrapper, 0o755);
  }
  const outcome = await new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    const args = how === 'pasted' ? ['--norc', '-i'] : ['-s'];
    // Without a terminal, which an interactive shell would take over.
    const shell = spawn('bash', args, {
      detached: true,
      env: { ...process.env, REAL_PATH: process.env.PATH, PATH: `${folder.path}:${process.env.PATH}` },
    });
    const [stdout, stderr]: [string[], string[]] = [[], []];
    shell.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
    shell.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    shell.on('error', reject);
    shell.on('close', (code) =>
      resolve({ code: code ?? 1, stdout: stdout.join(''), stderr: stderr.join('') }),
    );
    // A shell that has ended reads no more.
    shell.stdin.on('error', () => undefined);
    shell.stdin.end(lines);
  });
  return { ...outcome, argv: readFileSync(log, 'utf8') };
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, child]) => [key, sorted(child)]),
      )
    : value;
const signatureOf = (payload: unknown, secret: string) =>
  createHmac('sha256', secret)
    .update(JSON.stringify(sorted(payload)))
    .digest('hex');

describe.each(SECRETS)('signed commands with the secret %j', (secret) => {
  let pages: ReadonlyMap<string, string>;
  beforeAll(() => {
    const secretFile = join(folder.path, "it's a secret");
    writeFileSync(secretFile, `${secret}\n`);
    pages = pagesFor({
      gatewayApi,
      secretFile,
    });
  });
  const run = async (section: string, replaced: Readonly<Record<string, string>> = {}) => {
    calls = [];
    let lines = filled(blocks(pages.get('gateway.md') ?? '', section).join('\n'));
    for (const [from, to] of Object.entries(replaced)) {
      expect(lines).toContain(from);
      lines = lines.replaceAll(from, to);
    }
    const outcome = await bash(`${SET_BY_THE_READER}\n${lines}`);
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(?:HTTP 200\n)+$/) });
    // Not even for a moment: other users see the arguments of a program.
    expect(outcome.argv).toContain('openssl');
    expect(outcome.argv).not.toContain(secret);
    return outcome;
  };

  it('request a lease that the gateway accepts', async () => {
    await run('request-lease', {
      'promtool query instant': 'echo',
    });
    const { method, url, body } = calls.at(-1) as Call;
    expect([method, url.pathname]).toEqual(['POST', `/api/escrow/leases/${RELAY}/request`]);
    const { payload, signature } = JSON.parse(body) as {
      payload: Record<string, unknown>;
      signature: string;
    };
    expect(payload).toMatchObject({
      relayKey: RELAY,
      requesterId: 'on-call',
      evidence: {
        registration: { escrowEnabled: true },
        peerHealth: { healthyCount: 0, lastHealthyAt: 1_700_000_000_000 },
        mirror: { lagMs: 5, lastSyncedAt: expect.any(Number) },
      },
    });
    expect(signature).toBe(signatureOf(payload, secret));
  });

  it('query the leases, and print no lease id', async () => {
    const { stdout } = await run('query-leases');
    const { url } = calls.at(-1) as Call;
    expect(url.searchParams.get('signature')).toBe(
      signatureOf(JSON.parse(url.searchParams.get('payload') ?? ''), secret),
    );
    expect(stdout).toContain('"status":"active"');
    expect(stdout).not.toContain('confidential');
  });

  it('clear the metadata of a relay', async () => {
    await run('clear-by-hand', {
      'promtool query instant': 'echo',
    });
    const { method, url, headers } = calls.at(-1) as Call;
    expect([method, url.pathname]).toEqual(['POST', `/api/relays/${RELAY}/resync-complete`]);
    expect(headers['x-signature']).toBe(signatureOf({ action: 'resync-complete', relayKey: RELAY }, secret));
  });
});

describe('the commands of the pages', () => {
  const settings = {
    prometheus: 'https://prometheus.example',
    alertmanager: 'https://alertmanager.example',
    gatewayApi: "https://gateway.example/it's",
    secretFile: '/etc/a secret',
    stateFile: '/srv/state $(id).json',
  };

  it('are Bash, once what a site does not say is filled in', async () => {
    const pages = pagesFor(settings);
    const all = [...pages].flatMap(([page, text]) => blocks(text).map((lines) => [page, lines] as const));
    expect(all.length).toBeGreaterThan(200);
    const script = all
      .map(([page, lines]) => `# ${page}\n${lines.replace(/<[a-zA-Z][^>\n]*>/g, 'x')}`)
      .join('\n');
    expect(await bash(`set -n\n${script}`)).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['nothing is configured', {}],
    ['everything is configured', settings],
  ])(
    'report what is not filled in when they are pasted unchanged, and ask nothing about a relay: %s',
    async (_, commands) => {
      const pages = pagesFor(commands);
      const ofSubject = [...pages]
        .flatMap(([page, text]) =>
          page === 'gateway.md'
            ? text.split('<a id=').map((section) => blocks(section).join('\n'))
            : [blocks(text).join('\n')],
        )
        .filter((lines) => /^(?:RELAY|INSTANCE)=/.test(lines));
      expect(ofSubject.length).toBeGreaterThan(30);
      // The relay of an alert before this one.
      const { stderr, argv } = await bash(
        ofSubject.map((lines) => `RELAY=${RELAY} INSTANCE=host:1\n${lines}`).join('\n'),
        'pasted',
      );
      expect(stderr).toContain('RELAY: set it to the whole key of the relay');
      expect(stderr).toContain('INSTANCE: set it to the host and port of the target');
      expect(argv.match(/^.*(?:curl|promtool|amtool) .*(?:host:1|a{64}).*$/gm) ?? []).toEqual([]);
      if (commands !== settings) expect(argv).not.toMatch(/\b(?:curl|promtool|amtool) /);
    },
  );

  it('set all that they use where they are run on another host', () => {
    const onHost = [...pagesFor(settings)].flatMap(([page, text]) =>
      blocks(text).flatMap((lines) => (lines.startsWith('# Run this on ') ? [{ page, lines }] : [])),
    );
    expect(onHost.length).toBeGreaterThan(30);
    const unset = onHost.flatMap(({ page, lines }) =>
      [...lines.matchAll(/\$\{?([A-Z][A-Z_]+)/g)].flatMap(([, name = '']) =>
        new RegExp(`^(?:${name}=|: "\\$\\{${name}:\\?)`, 'm').test(lines) ? [] : [`${page}: ${name}`],
      ),
    );
    expect(unset).toEqual([]);
    expect(onHost.filter(({ lines }) => /^(?:query|api) /m.test(lines))).toEqual([]);
  });

  it('accept a state file only if it is one JSON object, and do not call a missing one invalid', async () => {
    const stateFile = join(folder.path, 'state.json');
    const [lines = ''] = blocks(pagesFor({ stateFile }).get('gateway.md') ?? '', 'restart-service');
    const said = async (content: string) => {
      writeFileSync(stateFile, content);
      return (await bash(lines)).stdout.split('\n').at(-2);
    };
    expect(await said('{"notifications":[]}')).toBe('valid');
    for (const content of ['', '{"notifications":[', '{"notifications":[]}{"rotations":[]}', '[]'])
      expect([content, await said(content)]).toEqual([content, expect.stringMatching(/^NOT valid/)]);
    rmSync(stateFile);
    expect((await bash(lines)).stdout).toMatch(/^not checked: no file at this path/);
  });

  it('use only variables that the index explains', () => {
    const pages = pagesFor({});
    const [, table = ''] = (pages.get('README.md') ?? '').split('<a id="variables"></a>');
    const explained = [...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name as string);
    expect(explained.length).toBeGreaterThan(10);
    const set = ['PAYLOAD', 'RELAYS', 'USER'];
    const used = [...pages.values()].flatMap((text) =>
      blocks(text).flatMap((lines) => [...lines.matchAll(/\$\{?([A-Z][A-Z_]+)/g)].map(([, name]) => name)),
    );
    expect(new Set(used)).toEqual(new Set([...explained, ...set]));
    for (const [page, text] of pages)
      if (/^(?!README|gateway\.md)/.test(page))
        expect([page, text]).toEqual([page, expect.stringContaining('(README.md#variables)')]);
  });

  it.each(['PROMETHEUS', 'WORKER_LOG', 'GATEWAY_LOG', 'GATEWAY'])(
    'stop with a message that names %s where the reader has not set it',
    async (name) => {
      const block = [...pagesFor({}).values()]
        .flatMap((text) => blocks(text))
        .find((lines) => new RegExp(`^(?:#.*\\n)?: "\\$\\{${name}:`).test(lines)) as string;
      const { code, stderr } = await bash(`unset ${name}\n${block}`);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(new RegExp(`${name}: set it to the `));
    },
  );

  it('query nothing while the relay is not set, because that looks like a relay without data', async () => {
    const start = blocks(
      pagesFor({ prometheus: 'http://127.0.0.1:9' }).get('GatewayPendingWritesStuck.md') ?? '',
    )[0];
    const { code, stderr } = await bash(`unset RELAY\n${start}\nquery up`);
    expect(code).not.toBe(0);
    expect(stderr).toContain('RELAY: set it to the whole key of the relay');
  });

  it('use the settings of the site as they are', async () => {
    const [, text] = [...pagesFor(settings)].find(([page]) => page === 'GatewayPendingWritesStuck.md') ?? [];
    const all = filled(blocks(text ?? '').join('\n'))
      .split('\n')
      .filter((line) => /^[A-Z_]+=/.test(line))
      .join('\n');
    const { stdout } = await bash(`${all}\nprintf '%s\\n' "$PROMETHEUS" "$STATE_FILE" "$RELAY"`);
    expect(stdout).toBe(`${settings.prometheus}\n${settings.stateFile}\n${RELAY}\n`);
  });

  it('start with the relay where the alert is about one, and have a query and a command', () => {
    const bundle = buildBundle(parseConfig({}), definitions());
    const pages = pagesFor({});
    for (const { alert, definition } of bundle.alertGroups.flatMap(({ rules }) => rules)) {
      const [first = '', ...others] = blocks(pages.get(`${alert}.md`) ?? '');
      if (definition.labels.includes('relay')) expect(first).toMatch(/^RELAY='<key>'/);
      // A shell refuses the block until the relay is filled in, and here a later step shows it.
      else expect([alert, first]).toEqual([alert, expect.not.stringContaining('RELAY=')]);
      expect([alert, others.some((lines) => /^query "/m.test(lines))]).toEqual([alert, true]);
      expect([alert, others.some((lines) => /^(?!#|:|query|[A-Z_]+=|\)| )\S+ /m.test(lines))]).toEqual([
        alert,
        true,
      ]);
    }
  });

  it('come with how urgent the alert is, and whether it can wait', () => {
    const bundle = buildBundle(parseConfig({ watchdog: 'on' }), definitions());
    const pages = bundle.alertGroups.flatMap(({ rules }) => rules);
    expect(pages.length).toBeGreaterThan(30);
    for (const { alert, page } of pages)
      expect([alert, page?.urgency]).toEqual([
        alert,
        expect.stringMatching(/^(?:Now\b|None\b|Can wait|Check the mirrors now)/),
      ]);
  });

  it('find the mirrors of a relay and no others', async () => {
    const pages = pagesFor({ gatewayApi });
    const [lines = ''] = blocks(pages.get('gateway.md') ?? '', 'check-mirrors');
    const { stdout } = await bash(filled(lines));
    expect(stdout).toContain(`{"identifier":"${RELAY}","lagMs":5,"healthy":true}\n`);
    expect(stdout).not.toMatch(/other|confidential/);
  });
});

describe('an answer of the gateway', () => {
  afterEach(() => {
    statusOfGateway = 200;
  });

  it.each([200, 401, 404, 500])(
    'comes with its status, so that an error is not taken for no result: %d',
    async (status) => {
      statusOfGateway = status;
      const pages = pagesFor({ gatewayApi });
      const [lines = ''] = blocks(pages.get('gateway.md') ?? '', 'check-registration');
      const { stdout, stderr } = await bash(filled(lines));
      expect(stderr).toBe(`HTTP ${status}\n`);
      expect(stdout.trim() === '').toBe(status !== 200);
    },
  );
});

describe('the first lines of a page', () => {
  it('define every function that "Do" calls, because a reader may start there', () => {
    const missing = [...pagesFor({})].flatMap(([page, text]) => {
      const [start = ''] = blocks(text);
      const [, act = ''] = text.split('\n## Do\n');
      const here = blocks(act.split('\n## Over when\n')[0] ?? '').filter(
        (one) => !one.startsWith('# Run this'),
      );
      return ['query', 'api', 'sign'].flatMap((name) =>
        // A page about no relay names one in a later block, which defines the functions for it.
        here.some(
          (one) =>
            new RegExp(name === 'sign' ? '\\| sign\\b' : `^${name} `, 'm').test(one) &&
            !new RegExp(`^${name}\\(\\)`, 'm').test(one),
        ) && !new RegExp(`^${name}\\(\\)`, 'm').test(start)
          ? [`${page}: ${name}`]
          : [],
      );
    });
    expect(missing.filter((one) => !one.startsWith('GatewayEscrowUnlocksRefused'))).toEqual([]);
  });
});

describe('an alert that can wait only while the mirrors are healthy', () => {
  const rules = buildBundle(parseConfig({}), definitions()).alertGroups.flatMap((group) => group.rules);
  const urgent = rules.filter(({ page }) => page?.urgency?.startsWith('Check the mirrors now') === true);

  it('asks for them in its first checks, and what to do if they are not', () => {
    expect(urgent.length).toBeGreaterThan(8);
    for (const { alert, page } of urgent) {
      const at = page?.check.findIndex(
        ({ command }) => command?.includes('/api/blind-peer/replicas') === true,
      );
      // An alert about no relay lists the relays before.
      expect([alert, at]).toEqual([alert, page?.urgency?.includes('checks 1 to 3') === true ? 1 : 0]);
    }
    for (const { alert, page } of rules)
      if (
        page?.check.some(({ command }) => command?.includes('/api/blind-peer/replicas | jq -c') === true) ===
        true
      )
        expect([alert, page.check.map(({ text }) => text).join('\n')]).toEqual([
          alert,
          expect.stringMatching(/Not healthy: act now.*check-mirrors/),
        ]);
  });

  it('asks for them first in its message as well', () => {
    for (const { alert, annotations } of urgent)
      expect([alert, annotations.description]).toEqual([
        alert,
        expect.stringMatching(/First check (?:the mirrors now|that the mirrors)/),
      ]);
  });
});

describe('the queries of the pages, pasted', () => {
  it('are answered by a real Prometheus, each without an error', async () => {
    const promtool = await findTool('promtool');
    const prometheus = await startPrometheus();
    try {
      const pages = pagesFor({ prometheus: prometheus.url });
      const lines = [...pages.values()].flatMap((text) => {
        const all = blocks(text);
        return all.flatMap((block) => [...block.matchAll(/^query "[^"]*"$/gms)].map(([command]) => command));
      });
      expect(lines.length).toBeGreaterThan(150);
      const script = [
        `RELAY=${RELAY} INSTANCE=host:1 PROMETHEUS=${prometheus.url}`,
        `query() { ${promtool} query instant "$PROMETHEUS" "$1" || echo "failed: $1"; }`,
        ...new Set(lines),
      ].join('\n');
      const { stdout, stderr } = await bash(script);
      expect([stdout.match(/failed: .*/g) ?? [], stderr]).toEqual([[], '']);
    } finally {
      await prometheus.stop();
    }
  });
});

/** How the answer of the gateway API is made fit to be copied: without ids of leases and keys of peers. */
const WITHOUT_IDS = 'del(.. | objects | .leaseId, .escrowId, .pushId, .peerKey, .ownerPeerKey)';
const AMTOOL = 'amtool --alertmanager.url="$ALERTMANAGER"';

/**
 * Every command of the pages that calls a program, once, by what it has to do, which decides its flags. Variables are without the message
 * that they show while they are not set.
 */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'query Prometheus, but not before the subject is set': [
    'query() { : "$PROMETHEUS"; promtool query instant "$PROMETHEUS" "$1"; }',
    'query() { : "$PROMETHEUS" "$RELAY"; promtool query instant "$PROMETHEUS" "$1"; }',
    'query() { : "$PROMETHEUS" "$INSTANCE"; promtool query instant "$PROMETHEUS" "$1"; }',
    'query() { : "$PROMETHEUS" "$RELAY" "$INSTANCE"; promtool query instant "$PROMETHEUS" "$1"; }',
  ],
  'ask the gateway quietly but for errors, with the status on stderr, apart from what jq reads': [
    `api() { : "$GATEWAY"; curl -sS -w '\\n%{stderr}HTTP %{http_code}\\n' "$@"; }`,
    `api() { : "$GATEWAY" "$RELAY"; curl -sS -w '\\n%{stderr}HTTP %{http_code}\\n' "$@"; }`,
    `api() { : "$GATEWAY" "$RELAY" "$INSTANCE"; curl -sS -w '\\n%{stderr}HTTP %{http_code}\\n' "$@"; }`,
  ],
  'show what the gateway answers about a relay, or about all': [
    `api "$GATEWAY/api/blind-peer/replicas" | jq '${WITHOUT_IDS}'`,
    `api "$GATEWAY/api/blind-peer/replicas" | jq -c --arg relay "$RELAY" '.. | objects | select(any(.[]; . == $relay)) | ${WITHOUT_IDS}'`,
    `api "$GATEWAY/api/relays" | jq -c --arg relay "$RELAY" '.. | objects | select(any(.[]; . == $relay)) | ${WITHOUT_IDS}'`,
  ],
  'ask for leases: GET, with the payload encoded in the query': [
    `PAYLOAD=$(jq -cnS --arg relay "$RELAY" '{relayKey: $relay}')`,
    'api -G "$GATEWAY/api/escrow/leases/query" --data-urlencode "payload=$PAYLOAD" --data-urlencode "signature=$(printf %s "$PAYLOAD" | sign)" |',
    `jq -c --arg relay "$RELAY" '.. | objects | select(.relayKey? == $relay) | {status, issuedAt, expiresAt, releasedAt}'`,
  ],
  'request a lease: POST, numbers as numbers, keys sorted as they are signed': [
    `PAYLOAD=$(jq -cnS --arg relay "$RELAY" --argjson lag "$LAG_MS" --argjson seen "$LAST_HEALTHY_MS" '{`,
    `api -X POST "$GATEWAY/api/escrow/leases/$RELAY/request" -H 'content-type: application/json' -d "{\\"payload\\":$PAYLOAD,\\"signature\\":\\"$(printf %s "$PAYLOAD" | sign)\\"}"`,
  ],
  'clear a relay: POST, with the signature in a header': [
    `PAYLOAD=$(jq -cnS --arg relay "$RELAY" '{action: "resync-complete", relayKey: $relay}')`,
    'api -X POST "$GATEWAY/api/relays/$RELAY/resync-complete" -H "x-signature: $(printf %s "$PAYLOAD" | sign)"',
  ],
  'sign with HMAC-SHA256: the key as hexadecimal bytes, a long key as its digest': [
    `key=$(printf %s "$(<"$SECRET_FILE")" | od -An -v -tx1 | tr -d ' \\n')`,
    `[ "\${#key}" -le 128 ] || key=$(printf %s "$(<"$SECRET_FILE")" | openssl dgst -sha256 -r | cut -d' ' -f1)`,
    '{ printf "$outer"; { printf "$inner"; cat; } | openssl dgst -sha256 -binary; } |',
    "openssl dgst -sha256 -r | cut -d' ' -f1",
  ],
  'upload a file of a few bytes (PUT) and print the status': [
    `echo resync | curl -sS -T - "$GATEWAY/drive/$IDENTIFIER/resync-$(date +%s).txt" -w '\\n%{http_code}\\n'`,
  ],
  'print only whether and how an address answers': [
    `curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' "$GATEWAY"`,
    `curl -sS -o /dev/null -w '%{http_code}\\n' "$ESCROW"`,
    'curl -sS -m 5 "http://$INSTANCE/metrics" | head -n 5',
  ],
  'ask Prometheus about its targets, dropped ones too, its configuration and its Alertmanagers': [
    `curl -sS "$PROMETHEUS/api/v1/targets?state=any" | jq -r '.data |`,
    'curl -sS "$PROMETHEUS/api/v1/status/config" | jq -r .data.yaml | grep -n -A 12 job_name',
    'curl -sS "$PROMETHEUS/api/v1/alertmanagers" | jq -c .data',
  ],
  'find the alert whether it is active, silenced or inhibited': [
    `${AMTOOL} alert query -a -s -i alertname=GatewayWatchdogFiring`,
  ],
  'find failed notifications': [
    `curl -sS "$ALERTMANAGER/metrics" | grep -E '^alertmanager_notifications_failed_total.* [1-9]'`,
  ],
  'silence what is expected, for a limited time and with an author': [
    `${AMTOOL} silence add instance="$INSTANCE" --duration=12h --author="$USER" --comment='worker away'`,
    `RELAYS=$(promtool query instant -o json "$PROMETHEUS" "group by (relay) (pending_writes_pending{instance='$INSTANCE'} or pending_writes_rotation_last_attempts{instance='$INSTANCE'})" |`,
    `jq -r '[.[].metric.relay] | join("|")')`,
    `[ -n "$RELAYS" ] && ${AMTOOL} silence add "relay=~$RELAYS" signal=~'pending-writes|worker-queue|replica-fallback' --duration=12h --author="$USER" --comment='worker away'`,
    `${AMTOOL} silence add alertname=GatewayDown instance="$INSTANCE" --duration=1h --author="$USER" --comment='gateway maintenance'`,
    `${AMTOOL} silence query`,
    `${AMTOOL} silence expire "$SILENCE"`,
  ],
  'show the newest lines of a log with any of two fixed texts': [
    `grep -F -e 'Gateway writer rotation failed' -e 'Escrow deposit request failed' "$WORKER_LOG" | tail -n 20`,
    `grep -F -e 'Stored drive upload' -e 'marking pending writes' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e '[PendingWrites] Job failed' -e '[PendingWrites] Job complete' "$WORKER_LOG" | tail -n 20`,
    `grep -F -e 'blind-peer' -e 'BlindPeer' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e 'escrow' -e 'Escrow' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e 'marking pending writes' -e 'pending-writes' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e 'notifyCleared' -e 'lease' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e 'pending-writes' -e 'push' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e 'registration' -e 'marking pending writes' "$GATEWAY_LOG" | tail -n 20`,
    `grep -F -e 'resync-complete' -e 'notifyCleared' "$GATEWAY_LOG" | tail -n 20`,
  ],
  'read the state file: valid only as a single object; its pending relays, or one relay': [
    'elif ! command -v jq > /dev/null; then echo "not checked: jq is not installed here"',
    `elif jq -es 'length == 1 and (.[0] | type == "object")' "$STATE_FILE" > /dev/null; then echo valid`,
    `jq -c --arg relay "$RELAY" '(.notifications // .relays // [])[] | select(.relayKey == $relay) |`,
    `jq -r '(.notifications // .relays // [])[] | select(.state == "pending" or .status == "error") | .relayKey' "$STATE_FILE"`,
    'ls -l "$STATE_FILE"',
    'mv "$STATE_FILE" "$STATE_FILE.discarded"',
  ],
  'look at the host and at the service': [
    'df -h',
    'df -h "$(dirname "$STATE_FILE")"',
    'uptime',
    'journalctl -u pending-writes-exporter -n 20',
    'systemctl status pending-writes-exporter',
    'sudo systemctl restart pending-writes-exporter',
  ],
  'run a command of ours': [
    'npx gateway-observability drill --prometheus "$PROMETHEUS" --relay "$RELAY"',
    'npx gateway-observability generate --config site.yaml --out build',
    'npx gateway-observability verify --metrics "http://$INSTANCE/metrics"',
  ],
};

describe('a command of a page', () => {
  const pages = renderRunbooks(
    buildBundle(parseConfig({ watchdog: 'on', workers: { alwaysOn: true } }), definitions()),
  );
  /** The pages' own words: settings of variables, and the queries, which other tests run. */
  const isOther = (line: string) => /^(?:#|query "|: |[A-Z_]+=(?!\$\())/.test(line);
  const PROGRAM =
    /(?<![\w./'"[-])(?:amtool|promtool|curl|api|systemctl|journalctl|kubectl|docker|grep|openssl|od|df|ls|mv|rm|uptime|npx|jq)(?= |$)/;
  const lines = pages
    .flatMap(({ content }) => blocks(content))
    .flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.trim().replace(/\$\{([A-Z_]+):\?[^}]*\}/g, '$$$1'))
    .filter((line) => !isOther(line) && PROGRAM.test(line));

  it('has exactly the flags that it needs for what it has to do', () => {
    expect(new Set(lines)).toEqual(new Set(Object.values(COMMANDS).flat()));
  });
});

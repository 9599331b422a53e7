import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { packageRoot } from '../../src/package/root.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { writeFiles } from '../../src/renderers/write.js';
import { startStandIns } from './stand-ins.js';

/*
 * npm run test:pulumi-cli
 *
 * The program under the real `pulumi` command with a local file backend. First with the stand-ins of stand-ins.ts for what the command would
 * download, and a Grafana in memory: what is planned, made, compared, refused, renewed after an edit by hand, and left after removal. Then
 * with the real language host and provider where they are to be had: a Grafana that cannot be reached, credentials that are missing;
 * and, where GRAFANA_URL and GRAFANA_AUTH name one, two updates and a removal on a real Grafana. Not a part of `npm test`.
 */

const run = promisify(execFile);
const files = temporaryFolder('pulumi-cli');
const state = join(files.path, 'state');
mkdirSync(state);

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
  const { GRAFANA_URL: _, GRAFANA_AUTH: __, ...rest } = process.env;
  return {
    ...rest,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'only for this test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    ...more,
  };
};

async function pulumi(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ failed: boolean; output: string }> {
  const command = [...args, '--cwd', packageRoot, '--non-interactive', '--color=never'];
  return run('pulumi', command, { env, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ failed: false, output: stdout + stderr }),
    ({ stdout = '', stderr = '', message }: { stdout?: string; stderr?: string; message: string }) => ({
      failed: true,
      output: stdout + stderr || message,
    }),
  );
}

function demand(what: string, isSo: boolean, output: string): void {
  if (!isSo) throw new Error(`${what}: not so:\n${output}`);
  console.log(`ok: ${what}`);
}

/** A stack that is removed in the end. */
async function withStack<T>(name: string, use: (on: readonly string[]) => Promise<T>): Promise<T> {
  const stack = `${name}-${process.pid}`;
  const made = await pulumi(['stack', 'init', stack], environment());
  demand('a stack with a local backend can be made', !made.failed, made.output);
  try {
    return await use(['--stack', stack]);
  } finally {
    await pulumi(['stack', 'rm', stack, '--yes', '--force'], environment());
    rmSync(join(packageRoot, `Pulumi.${stack}.yaml`), { force: true });
  }
}

/** What a preview says it would do, as "update gateway-gateway-relay"; what stays as it is left out. */
async function planned(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const { failed, output } = await pulumi(['preview', '--json', '--suppress-progress', ...args], env);
  demand('a preview can be made', !failed, output);
  const { steps } = JSON.parse(output.slice(output.indexOf('{'))) as { steps: { op: string; urn: string }[] };
  return steps
    .filter(({ op }) => op !== 'same')
    .map(({ op, urn }) => `${op} ${urn.split('::').at(-1)}`)
    .sort();
}

const DASHBOARD = 'grafana:oss/dashboard:Dashboard';
const WEBHOOK = 'https://hooks.example.org/token-of-the-test';

async function withStandIns(): Promise<void> {
  const standIns = await startStandIns();
  const env = environment({
    ...standIns.environment,
    GRAFANA_URL: 'http://127.0.0.1:9',
    GRAFANA_AUTH: 'a:b',
  });
  const { grafana, done } = standIns;
  const bundle = (name: string, config: ConfigInput = {}) => {
    const folder = join(files.path, name);
    mkdirSync(folder);
    writeFiles(folder, artifactsOf(buildBundle(parseConfig(config), definitions())));
    return folder;
  };
  const before = bundle('before');
  const after = bundle('after', { thresholds: { pendingWrites: { criticalAfter: '30h' } } });
  const edited = bundle('edited');
  const dashboard = join(edited, 'grafana', 'dashboards', 'gateway-relay.json');
  writeFileSync(dashboard, readFileSync(dashboard, 'utf8').replace('"title": "', '"title": "My '));
  const countOf = (type: string) => [...grafana.values()].filter((one) => one.type === type).length;
  try {
    await withStack('stand-ins', async (on) => {
      const set = async (key: string, value: string, ...more: string[]) => {
        const command = ['config', 'set', `gateway-observability:${key}`, value, ...more, ...on];
        const result = await pulumi(command, env);
        demand(`${key} can be set`, !result.failed, result.output);
      };
      const up = async (what: string, ...more: string[]) => {
        done.length = 0;
        const result = await pulumi(['up', '--yes', '--skip-preview', ...more, ...on], env);
        demand(what, !result.failed, result.output);
      };
      await set('artifacts', before);
      const first = await planned(on, env);
      demand(
        'a preview shows the folder and six dashboards, and makes nothing',
        first.filter((step) => step.startsWith('create gateway-gateway-')).length === 6 &&
          first.includes('create gateway-folder') &&
          grafana.size === 0,
        first.join('\n'),
      );
      await up('an update deploys');
      demand('Grafana has the folder and six dashboards', grafana.size === 7, [...grafana.keys()].join());
      await up('the second update changes nothing', '--expect-no-changes');
      demand('and nothing was written', done.length === 0, done.join());

      await set('alertRules', 'true');
      await set('contactPoint', 'on-call');
      await set('webhookUrl', WEBHOOK, '--secret');
      await up('alert rules and a contact point are added');
      demand('the dashboards were not touched', !done.join().includes(DASHBOARD), done.join());
      const state = await pulumi(['stack', 'export', ...on], env);
      demand('the state is kept', !state.failed && state.output.includes('gateway-folder'), state.output);
      demand('the secret is not in the state', !state.output.includes(WEBHOOK), 'it is');

      await set('artifacts', after);
      const changes = await planned(on, env);
      demand(
        'a changed threshold updates the dashboards that draw it and the group of its alert, and nothing else',
        changes.join() ===
          [
            'update gateway-gateway-escrow-leases',
            'update gateway-gateway-overview',
            'update gateway-gateway-push-resync',
            'update gateway-gateway-relay',
            'update gateway-gateway-worker-queue',
            'update gateway-pending-writes.alerts',
          ].join(),
        changes.join('\n'),
      );
      await up('it deploys');
      demand(
        'nothing was replaced',
        done.length === 6 && done.every((one) => one.startsWith('update ')),
        done.join(),
      );

      const relay = [...grafana].find(([id]) => id.endsWith('gateway-gateway-relay'))?.[1];
      if (relay === undefined) throw new Error('the dashboard of a relay is not in Grafana');
      relay.inputs = {
        ...relay.inputs,
        configJson: String(relay.inputs.configJson).replace(/"title":( ?)"/, '"title":$1"My '),
      };
      const drift = await pulumi(['refresh', '--preview-only', '--expect-no-changes', ...on], env);
      demand(
        "a colleague's edit shows as drift",
        drift.failed && /gateway-gateway-relay\s+(updated|update)/.test(drift.output),
        drift.output,
      );
      await up('an update that looks first takes the edit back', '--refresh');
      demand('and writes that dashboard only', done.join() === `update ${DASHBOARD}`, done.join());

      await set('artifacts', edited);
      done.length = 0;
      const refused = await pulumi(['up', '--yes', '--skip-preview', ...on], env);
      demand(
        'files edited by hand are refused, with the remedy, and nothing is written',
        refused.failed &&
          /gateway-relay\.json/.test(refused.output) &&
          /generate/.test(refused.output) &&
          done.length === 0,
        refused.output,
      );
      await set('artifacts', after);
      const down = await pulumi(['destroy', '--yes', '--skip-preview', ...on], env);
      demand('it can be removed', !down.failed, down.output);
      demand(
        'what is left is the folder, in which others may have something',
        grafana.size === 1 && countOf('grafana:oss/folder:Folder') === 1,
        [...grafana.keys()].join(),
      );
    });
  } finally {
    standIns.stop();
  }
}

/** Returns false where it could not run. */
async function withDownloads(): Promise<boolean> {
  const host = await run('pulumi-language-nodejs', ['--help']).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (!host) {
    console.error(
      'COULD NOT RUN with the real provider: pulumi-language-nodejs is not on the PATH. It comes with an installation of Pulumi (https://www.pulumi.com/docs/install/).',
    );
    return false;
  }
  await withStack('downloads', async (on) => {
    const unreachable = environment({ GRAFANA_URL: 'http://127.0.0.1:9', GRAFANA_AUTH: 'anything' });
    const first = await planned(on, unreachable);
    demand('a preview needs no Grafana', first.includes('create gateway-folder'), first.join('\n'));
    const away = await pulumi(['up', '--yes', ...on], unreachable);
    demand('a Grafana that cannot be reached is an error', away.failed, away.output);
    const missing = await pulumi(['up', '--yes', ...on], environment({ GRAFANA_URL: 'http://127.0.0.1:9' }));
    demand('missing credentials are an error', missing.failed, missing.output);
    const { GRAFANA_URL, GRAFANA_AUTH } = process.env;
    if (GRAFANA_URL === undefined || GRAFANA_AUTH === undefined) {
      console.log('not run: GRAFANA_URL and GRAFANA_AUTH name no Grafana to deploy to');
      return;
    }
    const real = environment({ GRAFANA_URL, GRAFANA_AUTH });
    const up = await pulumi(['up', '--yes', ...on], real);
    demand('an update deploys', !up.failed, up.output);
    const again = await pulumi(['up', '--yes', '--expect-no-changes', ...on], real);
    demand('the second update changes nothing', !again.failed, again.output);
    const down = await pulumi(['destroy', '--yes', ...on], real);
    demand('it can be removed', !down.failed, down.output);
  });
  return true;
}

async function main(): Promise<number> {
  const version = await run('pulumi', ['version']).catch(() => undefined);
  if (version === undefined) {
    console.error(
      'COULD NOT RUN: the command pulumi is not on the PATH. Install it (https://www.pulumi.com/docs/install/) and try again.',
    );
    return 2;
  }
  await withStandIns();
  return (await withDownloads()) ? 0 : 2;
}

process.exitCode = await main()
  .catch((error: Error) => {
    console.error(error.message);
    return 1;
  })
  .finally(() => files.remove());

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.js';
import { temporaryFolder } from '../../src/tools/temporary-folder.js';

/*
 * npm run test:pulumi-cli
 *
 * The program under the real `pulumi` command with a local file backend: a preview, a Grafana that cannot be reached, credentials that are
 * missing; and, where GRAFANA_URL and GRAFANA_AUTH name one, two updates and a removal on a real Grafana. Needs the CLI and the provider's
 * plugin, which Pulumi downloads. Not a part of `npm test`.
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

async function main(): Promise<number> {
  const version = await run('pulumi', ['version']).catch(() => undefined);
  if (version === undefined) {
    console.error(
      'COULD NOT RUN: the command pulumi is not on the PATH. Install it (https://www.pulumi.com/docs/install/) and try again.',
    );
    return 2;
  }
  const stack = `cli-${process.pid}`;
  const on = ['--stack', stack];
  const unreachable = environment({ GRAFANA_URL: 'http://127.0.0.1:9', GRAFANA_AUTH: 'anything' });
  const made = await pulumi(['stack', 'init', stack], environment());
  demand('a stack with a local backend can be made', !made.failed, made.output);
  try {
    const preview = await pulumi(['preview', ...on], unreachable);
    demand(
      'a preview needs no Grafana and shows what would be made',
      !preview.failed && /7 to create|\+ 9 to create/.test(preview.output),
      preview.output,
    );
    const away = await pulumi(['up', '--yes', ...on], unreachable);
    demand('a Grafana that cannot be reached is an error', away.failed, away.output);
    const missing = await pulumi(['up', '--yes', ...on], environment({ GRAFANA_URL: 'http://127.0.0.1:9' }));
    demand('missing credentials are an error', missing.failed, missing.output);
    const { GRAFANA_URL, GRAFANA_AUTH } = process.env;
    if (GRAFANA_URL === undefined || GRAFANA_AUTH === undefined) {
      console.log('not run: GRAFANA_URL and GRAFANA_AUTH name no Grafana to deploy to');
      return 0;
    }
    const real = environment({ GRAFANA_URL, GRAFANA_AUTH });
    const up = await pulumi(['up', '--yes', ...on], real);
    demand('an update deploys', !up.failed, up.output);
    const again = await pulumi(['up', '--yes', '--expect-no-changes', ...on], real);
    demand('the second update changes nothing', !again.failed, again.output);
    const down = await pulumi(['destroy', '--yes', ...on], real);
    demand('it can be removed', !down.failed, down.output);
    return 0;
  } finally {
    await pulumi(['stack', 'rm', stack, '--yes', '--force'], environment());
  }
}

process.exitCode = await main()
  .catch((error: Error) => {
    console.error(error.message);
    return 1;
  })
  .finally(() => files.remove());

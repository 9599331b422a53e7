import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package/root.js';

const run = promisify(execFile);

/** What a command printed, and whether it failed. */
export interface Outcome {
  readonly failed: boolean;
  readonly output: string;
}

/** Throws with the output where a statement does not hold, and prints it where it does. */
export function demand(what: string, isSo: boolean, output: string): void {
  if (!isSo) throw new Error(`${what}: not so:\n${output}`);
  console.log(`ok: ${what}`);
}

/** The `pulumi` command in this project, with a local file backend. */
export class Pulumi {
  readonly #env: NodeJS.ProcessEnv;

  constructor(state: string, environment: NodeJS.ProcessEnv) {
    const { GRAFANA_URL: _, GRAFANA_AUTH: __, ...rest } = process.env;
    this.#env = {
      ...rest,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: 'only for this test',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      ...environment,
    };
  }

  run(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const command = [...args, '--cwd', packageRoot, '--non-interactive', '--color=never'];
    const env = { ...this.#env, ...more };
    return run('pulumi', command, { env, maxBuffer: 1 << 26 }).then(
      ({ stdout, stderr }) => ({ failed: false, output: stdout + stderr }),
      ({ stdout = '', stderr = '', message }: { stdout?: string; stderr?: string; message: string }) => ({
        failed: true,
        output: stdout + stderr || message,
      }),
    );
  }

  /** Runs a command that must succeed; its output. */
  async must(what: string, args: readonly string[], more?: NodeJS.ProcessEnv): Promise<string> {
    const { failed, output } = await this.run(args, more);
    demand(what, !failed, output);
    return output;
  }

  /** A stack that is removed in the end. */
  async withStack(name: string, use: (stack: Stack) => Promise<void>): Promise<void> {
    const stack = `${name}-${process.pid}`;
    await this.must(`the stack ${name} can be created`, ['stack', 'init', stack]);
    try {
      await use(new Stack(this, stack));
    } finally {
      await this.run(['stack', 'rm', stack, '--yes', '--force']);
      rmSync(join(packageRoot, `Pulumi.${stack}.yaml`), { force: true });
    }
  }
}

/** A stack of this project. */
export class Stack {
  constructor(
    readonly pulumi: Pulumi,
    readonly name: string,
  ) {}

  run(args: readonly string[], more?: NodeJS.ProcessEnv): Promise<Outcome> {
    return this.pulumi.run([...args, '--stack', this.name], more);
  }

  must(what: string, args: readonly string[], more?: NodeJS.ProcessEnv): Promise<string> {
    return this.pulumi.must(what, [...args, '--stack', this.name], more);
  }

  async set(key: string, value: string, ...more: string[]): Promise<void> {
    await this.must(`${key} can be set`, ['config', 'set', `gateway-observability:${key}`, value, ...more]);
  }

  up(...more: string[]): Promise<Outcome> {
    return this.run(['up', '--yes', '--skip-preview', ...more]);
  }

  destroy(): Promise<Outcome> {
    return this.run(['destroy', '--yes', '--skip-preview']);
  }

  /** What a plain preview says it would do, as "update gateway-gateway-relay"; what stays as it is left out. */
  async planned(): Promise<string[]> {
    const output = await this.must('a preview can be made', ['preview', '--json', '--suppress-progress']);
    const { steps } = JSON.parse(output.slice(output.indexOf('{'))) as {
      steps: { op: string; urn: string }[];
    };
    return steps
      .filter(({ op }) => op !== 'same' && op !== 'refresh')
      .map(({ op, urn }) => `${op} ${urn.split('::').at(-1)}`)
      .sort();
  }
}

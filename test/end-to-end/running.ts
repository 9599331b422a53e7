import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The programs that it starts, as {@link Running.children} names them. */
export const ALL_CHILDREN = ['alertmanager', 'exporter', 'exporter', 'exporter', 'prometheus'];

/** `gateway-observability start` as a real process, with a folder for temporary files of its own. */
export class Running {
  readonly temporary = mkdtempSync(join(tmpdir(), 'start-test-'));
  stdout = '';
  stderr = '';
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    chmodSync(this.temporary, 0o755);
    this.#child = spawn(
      process.execPath,
      ['--import', 'tsx', join(root, 'src', 'cli', 'main.ts'), 'start', ...args],
      {
        cwd: root,
        env: { ...process.env, TMPDIR: this.temporary, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdout += chunk;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => resolve({ code, signal })),
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Names of the programs whose command line mentions the folder for temporary files: Prometheus and exporters. */
  children(): string[] {
    return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(this.temporary))
      .map((line) =>
        line.includes('--state-file')
          ? 'exporter'
          : line.includes('--cluster.listen-address')
            ? 'alertmanager'
            : line.includes('--config.file')
              ? 'prometheus'
              : line,
      )
      .sort();
  }

  /** Files and folders of ours that are in the folder for temporary files. */
  files(): string[] {
    return readdirSync(this.temporary)
      .filter((name) => name.startsWith('gateway-observability'))
      .sort();
  }

  /** Ends it, however it is, and removes what it may have left. */
  async cleanUp(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

import { cpSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pageFolder } from '../src/view/page-files.js';

/*
 * Puts the page that draws dashboards where the package carries it:
 *
 *   tsx deploy/page.ts dist/page
 *
 * It is the page that the commands use in a checkout, built only where a source of it changed.
 */

const [, , target] = process.argv;
if (target === undefined) {
  process.stderr.write('usage: tsx deploy/page.ts <folder>\n');
  process.exitCode = 2;
} else {
  const built = await pageFolder({ onProgress: (what) => process.stdout.write(`${what}\n`) });
  rmSync(resolve(target), { recursive: true, force: true });
  cpSync(built, resolve(target), { recursive: true });
}

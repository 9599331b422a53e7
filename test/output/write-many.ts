/** Writes files into a folder, as a process that a test can limit, kill or run twice. Arguments: the folder, a word, how many. */
import { OutputError } from '../../src/renderers/output-folder.js';
import { writeFiles } from '../../src/renderers/write.js';
import { filesOf } from './many-files.js';

const [, , folder, word, count] = process.argv;
try {
  writeFiles(folder as string, filesOf(word as string, Number(count)));
} catch (error) {
  if (!(error instanceof OutputError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

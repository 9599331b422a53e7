import type { Command } from '../command.js';
import { backtest } from './backtest.js';
import { check } from './check.js';
import { diff } from './diff.js';
import { drill } from './drill.js';
import { explain } from './explain.js';
import { generate } from './generate.js';
import { list } from './list.js';
import { preview } from './preview.js';
import { report } from './report.js';
import { simulate } from './simulate.js';
import { start } from './start.js';
import { test } from './test.js';
import { verify } from './verify.js';
import { view } from './view.js';

/** Every command, in the order of `--help`. */
export const commands: readonly Command[] = [
  generate,
  check,
  test,
  verify,
  list,
  explain,
  simulate,
  start,
  view,
  backtest,
  drill,
  preview,
  report,
  diff,
];

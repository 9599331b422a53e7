#!/usr/bin/env node
import { dropOutputWithoutReader } from './closed-pipe.js';
import { commands } from './commands/index.js';
import { runCommandLine } from './run.js';

dropOutputWithoutReader([process.stdout, process.stderr]);
process.exitCode = await runCommandLine(commands, process.argv);

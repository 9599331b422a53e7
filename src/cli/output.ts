import type { styleText } from 'node:util';
import { styled, wantsColours } from '../terminal/text.js';

/** Prints a result. */
export const print = (text: string) => process.stdout.write(`${text}\n`);

/** Prints a result for machines. */
export const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));

/** Prints what is wrong. */
export const printError = (text: string) => process.stderr.write(`${text}\n`);

/** Prints what only a person at a terminal wants to know; a pipe gets results only. */
export const printProgress = (text: string) => process.stdout.isTTY && print(text);

/** A text in a colour, where standard output takes colours. */
export const colour = (format: Parameters<typeof styleText>[0], text: string) =>
  styled({ colours: wantsColours(process.stdout), width: Number.POSITIVE_INFINITY }, format, text);

import { styleText } from 'node:util';

export const print = (text: string) => process.stdout.write(`${text}\n`);

export const complain = (text: string) => process.stderr.write(`${text}\n`);

export const colour = (format: Parameters<typeof styleText>[0], text: string) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(format, text) : text;

/** Progress is for people; a pipe gets results only. */
export const say = (text: string) => process.stdout.isTTY && print(text);

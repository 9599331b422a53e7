import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package/root.js';
import type { FolderResult } from './results.js';

/** Why no test notices some mutants: by file, then by reason, the changes without their places. Written by hand. */
export type Reasons = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export const reasonFile = (folder: string) =>
  join(packageRoot, 'test/mutation/code/reasons', `${folder}.json`);

/** The reasons of a folder; empty if it has no file with reasons. */
export function readReasons(folder: string): Reasons {
  const file = reasonFile(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Reasons) : {};
}

/** What a survivor changes, such as "EqualityOperator: a < b → a <= b": code above it moves its place, and not the reason. */
export const changeOf = (survivor: string): string =>
  survivor.replace(/^\d+:\d+ /, '').replace(/(?: #\d+)?(?: \([a-z ]+\))?$/, '');

/** What reasons and survivors do not agree on, each with its file; empty when every survivor has a reason and nothing else has one. */
export function disagreements(reasons: Reasons, files: FolderResult['files']): string[] {
  const found: string[] = [];
  for (const file of new Set([...Object.keys(files), ...Object.keys(reasons)])) {
    const survivors = new Set((files[file]?.survivors ?? []).map(changeOf));
    const explained = Object.values(reasons[file] ?? {}).flat();
    for (const survivor of survivors)
      if (!explained.includes(survivor)) found.push(`${file}: has no reason: ${survivor}`);
    for (const change of new Set(explained)) {
      if (!survivors.has(change)) found.push(`${file}: has a reason and is no survivor: ${change}`);
      if (explained.filter((other) => other === change).length > 1)
        found.push(`${file}: has two reasons: ${change}`);
    }
  }
  return found;
}

/** Takes out the reasons of mutants that tests notice now. */
export function forgetReasons(folder: string, files: FolderResult['files']): void {
  if (!existsSync(reasonFile(folder))) return;
  const left: Record<string, Record<string, string[]>> = {};
  for (const [file, byReason] of Object.entries(readReasons(folder))) {
    const survivors = new Set((files[file]?.survivors ?? []).map(changeOf));
    for (const [reason, changes] of Object.entries(byReason)) {
      const kept = changes.filter((change) => survivors.has(change));
      if (kept.length === 0) continue;
      left[file] = { ...left[file], [reason]: kept };
    }
  }
  writeFileSync(reasonFile(folder), `${JSON.stringify(left, null, 2)}\n`);
}

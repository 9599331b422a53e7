import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import type { SideFile } from '../../src/rule-files/side.js';

const folder = (name: string, below: string[]): SideFile[] =>
  below.flatMap((part) =>
    readdirSync(join(packageRoot, name, part))
      .filter((file) => /\.(?:yaml|json|md)$/.test(file))
      .map((file) => join(name, part, file))
      .map((path) => ({ path, text: readFileSync(join(packageRoot, path), 'utf8') })),
  );

/** The committed rules, dashboards and runbook pages of this project. */
export const committed: readonly SideFile[] = [
  ...folder('generated', ['prometheus', 'grafana/dashboards']),
  ...folder('runbooks', ['']),
];

/** Files with one text replaced by another. Throws where the text is not there: then the table is about nothing. */
export function replaced(file: string, from: string | RegExp, to: string, files = committed): SideFile[] {
  let done = false;
  const out = files.map((one) => {
    if (!one.path.endsWith(file)) return one;
    const text = one.text.replace(from, () => to);
    done ||= text !== one.text;
    return { ...one, text };
  });
  if (!done) throw new Error(`${file} has no ${from}`);
  return out;
}

/** Files with a dashboard changed as JSON. */
export function edited(
  file: string,
  // biome-ignore lint/suspicious/noExplicitAny: a dashboard as it lies on disk
  edit: (dashboard: any) => void,
): SideFile[] {
  return committed.map((one) => {
    if (!one.path.endsWith(`${file}.json`)) return one;
    const dashboard = JSON.parse(one.text);
    edit(dashboard);
    return { ...one, text: JSON.stringify(dashboard) };
  });
}

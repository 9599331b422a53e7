import type { ToolName } from '../../src/processes/find.js';
import { findTool, toolVersion } from '../../src/processes/find.js';

const TOOLS: readonly ToolName[] = ['prometheus', 'promtool', 'alertmanager', 'amtool'];

/** One line with the versions that a test run uses, and where they are. */
async function versionsInUse(): Promise<string> {
  const found: string[] = [];
  for (const name of TOOLS) {
    const file = await findTool(name);
    found.push(`${name} ${(await toolVersion(name, file)).text} (${file})`);
  }
  return `Node.js ${process.version}, ${found.join(', ')}`;
}

/** Vitest calls it once for each project of a run. */
export default async function setup(): Promise<void> {
  const shown = globalThis as { versionsShown?: boolean };
  if (shown.versionsShown) return;
  shown.versionsShown = true;
  try {
    console.log(await versionsInUse());
  } catch (error) {
    // Tests that need no tool run without them; the others fail. A folder that was asked for has to hold them all.
    if (process.env.GATEWAY_OBSERVABILITY_BINARIES) throw error;
    console.error((error as Error).message);
  }
}

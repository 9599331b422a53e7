import { type FindOptions, findTool, type ToolName } from '../../src/processes/find.js';

const [, , name, options] = process.argv;
try {
  process.send?.({ file: await findTool(name as ToolName, JSON.parse(options as string) as FindOptions) });
} catch (error) {
  process.send?.({ error: (error as Error).message });
}
process.disconnect?.();

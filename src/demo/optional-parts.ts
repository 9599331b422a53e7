import { ToolNotFoundError } from '../processes/find.js';

const firstLine = (error: Error) => error.message.split('\n')[0] as string;

/** What was started for the notifications, or the line that says why it could not be: there is no Alertmanager. */
export async function orWithoutNotifications<T>(starting: Promise<T>): Promise<T | string> {
  try {
    return await starting;
  } catch (error) {
    if (!(error instanceof ToolNotFoundError)) throw error;
    return `No notifications: ${firstLine(error)}`;
  }
}

/** Why there are no live dashboards, as one line; undefined while the page is built, and once it is there. */
export function pageProblem({ ready }: { readonly ready: Promise<unknown> }): () => string | undefined {
  let problem: string | undefined;
  ready.catch((error: Error) => {
    problem = `No live dashboards: ${firstLine(error)}`;
  });
  return () => problem;
}

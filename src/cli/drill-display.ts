import type { Outcome } from '../drill/follow.js';
import type { Drill } from '../drill/view.js';
import { formatSeconds, isDrawable } from '../terminal/text.js';
import type { ExitCode } from './exit-code.js';
import { openFullScreen } from './full-screen.js';
import { print, printError } from './output.js';

type View = typeof import('../drill/view.js');

/** For how long a Prometheus may be away before a drill gives up. Seconds. */
export const PATIENCE = 120;

/** The exit code of a drill that has ended; prints why it could not go on. */
export function drillExitCode({ drill, broken }: Outcome): ExitCode {
  if (broken === undefined) return drill.progress.over && drill.progress.ok ? 0 : 1;
  const waited = broken.mayPass ? ` (for ${formatSeconds(PATIENCE)})` : '';
  printError(`${broken.message}${waited}`);
  return 2;
}

/** Where the state of a drill is shown while it goes on. */
export interface DrillDisplay {
  readonly show: (drill: Drill) => void;
  readonly close: () => void;
  /** Prints what a full screen showed and took away with it. */
  readonly printLog: (drill: Drill) => void;
}

/** Shows a drill on the whole terminal, or as lines of what is new; not at all where the result is for machines. */
export function drillDisplay(view: View, relay: string, json: boolean): DrillDisplay {
  if (json) return { show() {}, close() {}, printLog() {} };
  if (isDrawable(process.stdout)) return fullScreenDisplay(view);
  const log = new view.ProgressLog();
  print(`Offline drill of relay ${relay}`);
  return {
    show(drill) {
      for (const line of log.newLines(drill)) print(line);
    },
    close() {},
    printLog() {},
  };
}

function fullScreenDisplay(view: View): DrillDisplay {
  let shown: Drill | undefined;
  const screen = openFullScreen((style, height) =>
    shown === undefined ? [] : view.checklist(shown, style, height - 1),
  );
  return {
    show(drill) {
      shown = drill;
      screen.draw();
    },
    close: screen.close,
    printLog(drill) {
      for (const line of new view.ProgressLog().newLines(drill)) if (!line.startsWith('-->')) print(line);
    },
  };
}

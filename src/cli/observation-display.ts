import type { Bundle } from '../bundle/bundle.js';
import type { Observation } from '../demo/observe.js';
import type { RunInfo } from '../demo/view.js';
import { isDrawable } from '../terminal/text.js';
import { openFullScreen } from './full-screen.js';
import { print } from './output.js';

type View = Pick<typeof import('../demo/view.js'), 'screen' | 'changes'>;

/** What `start` says of the definitions that it runs. */
export function checkedLine({ recordingGroups, alertGroups }: Bundle): string {
  const count = (groups: readonly { readonly rules: readonly unknown[] }[]) =>
    groups.reduce((sum, { rules }) => sum + rules.length, 0);
  return `checked: ${count(recordingGroups)} recording rules and ${count(alertGroups)} alerts`;
}

/** Where an observation is shown: on the whole terminal, or as lines of what changed. */
export function observationDisplay(view: View, info: () => RunInfo) {
  let last: Observation | undefined;
  let remarked = 0;
  if (isDrawable(process.stdout)) {
    const screen = openFullScreen((style, height) => view.screen(last, info(), style, height));
    return {
      show(observation: Observation) {
        last = observation;
        screen.draw();
      },
      close: screen.close,
    };
  }
  for (const [title, address] of info().addresses) print(`${title}: ${address}`);
  return {
    show(observation: Observation) {
      // A remark may come later: that a page could not be built.
      const { remarks } = info();
      for (const remark of remarks.slice(remarked)) print(remark);
      remarked = remarks.length;
      for (const line of view.changes(last, observation, info())) print(line);
      last = observation;
    },
    close() {},
  };
}

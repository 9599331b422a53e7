import { expect, it } from 'vitest';
import { kubernetesNote } from '../../src/cli/kubernetes-note.js';
import { parseConfig } from '../../src/config/load.js';

it.each<[boolean, object]>([
  [true, { targets: ['kubernetes'] }],
  [true, { targets: ['kubernetes'], kubernetes: { namespace: 'monitoring' } }],
  [false, { targets: ['kubernetes'], kubernetes: { labels: { release: 'stack' } } }],
  [false, { targets: ['mimir'] }],
  [false, {}],
])('says that the label of the Helm release is missing: %s for %j', (noted, settings) => {
  const note = kubernetesNote(parseConfig(settings));
  if (noted)
    expect(note).toMatch(/^kubernetes\.labels is not set\. .* set kubernetes\.labels to \{ release: /);
  else expect(note).toBeUndefined();
});

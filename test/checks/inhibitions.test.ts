import type { InhibitionDefinition } from '../../src/model/inhibition.js';
import { alert } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const inhibition = (changes: Partial<InhibitionDefinition>): { inhibitions: InhibitionDefinition[] } => ({
  inhibitions: [
    {
      reason: 'Because.',
      source: { alerts: ['GatewayTestFiring'] },
      target: { severities: ['warning'] },
      equal: [],
      ...changes,
    },
  ],
});
const WHERE = 'alerts/inhibitions.ts: "Because."';

describeCheck('inhibitions', {
  catches: [
    [
      'an alert that does not exist',
      inhibition({ source: { alerts: ['GatewayTestFirin'] } }),
      [
        `${WHERE}: source: found "GatewayTestFirin", expected the name of an alert, did you mean "GatewayTestFiring"?: fix the inhibition`,
      ],
    ],
    [
      'a label that one side lacks, since two alerts without it would count as equal',
      { ...inhibition({ equal: ['relay'] }), alerts: [alert({ labels: [] })] },
      [
        `${WHERE}: source: GatewayTestFiring does not carry relay, expected labels that both sides carry: fix the inhibition`,
      ],
    ],
    [
      'a side that selects everything',
      inhibition({ target: {} }),
      [
        `${WHERE}: target: found nothing, expected alerts, severities or signals; it would match every alert: fix the inhibition`,
      ],
    ],
    [
      'a fault on each side',
      inhibition({ source: { alerts: ['Nothing'] }, target: { alerts: ['Nothing'] } }),
      ['source', 'target'].map(
        (side) => `${WHERE}: ${side}: found "Nothing", expected the name of an alert: fix the inhibition`,
      ),
    ],
  ],
  passes: [
    ['an inhibition that fits', inhibition({ equal: ['signal'] })],
    [
      'an alert that the site disabled',
      { ...inhibition({}), config: { alerts: { GatewayTestFiring: { disabled: 'not wanted' } } } },
    ],
  ],
});

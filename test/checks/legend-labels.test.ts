import { PANEL, type Parts, panel, raw } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const panelWith = (expr: string, legend: string): Parts => ({
  panels: [panel({ queries: [{ expr: () => raw(expr), legend }] })],
});

describeCheck('legend-labels', {
  catches: [
    [
      'a label that is none of several',
      panelWith('max by (relay, job) (gateway_pending_writes)', '{{node}}'),
      [
        `${PANEL} query A: the legend uses {{node}}, but the expression keeps only these labels: relay, job: keep node in the expression's groupings and joins, or leave it out of the legend`,
      ],
    ],
    [
      'a label that the expression drops',
      panelWith('sum(relay:gateway_pending_writes:max)', '{{relay}}'),
      [
        `${PANEL} query A: the legend uses {{relay}}, but the expression keeps only these labels: none: keep relay in the expression's groupings and joins, or leave it out of the legend`,
      ],
    ],
    [
      'every label that is not there, in any query',
      {
        panels: [
          panel({
            queries: [
              { expr: () => raw('relay:gateway_pending_writes:max'), legend: '{{relay}}' },
              { expr: () => raw('relay:gateway_pending_writes:max'), legend: '{{ job }} at {{instance}}' },
            ],
          }),
        ],
      },
      [
        `${PANEL} query B: the legend uses {{job}}, but the expression keeps only these labels: relay: keep job in the expression's groupings and joins, or leave it out of the legend`,
        `${PANEL} query B: the legend uses {{instance}}, but the expression keeps only these labels: relay: keep instance in the expression's groupings and joins, or leave it out of the legend`,
      ],
    ],
  ],
  passes: [
    ['a legend without labels', panelWith('sum(relay:gateway_pending_writes:max)', 'relays pending')],
    ['no legend', { panels: [panel({ queries: [{ expr: () => raw('gateway_active_peers') }] })] }],
    ['a label of the target', panelWith('gateway_active_peers', '{{job}} {{instance}}')],
    ['an unknown metric, which another check reports', panelWith('misspelt_metric', '{{relay}}')],
  ],
});

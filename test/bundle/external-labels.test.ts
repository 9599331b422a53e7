import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { templateForGrafana, templateForPrometheus } from '../../src/bundle/external-labels.js';
import { checkBundle } from '../../src/checks/index.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { grafanaRuleGroups } from '../../src/renderers/grafana/alert-rules.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';

const bundleOf = (config: ConfigInput) => buildBundle(parseConfig(config), definitions());
const ruleOf = (config: ConfigInput, name: string) =>
  bundleOf(config)
    .alertGroups.flatMap(({ rules }) => rules)
    .find(({ alert }) => alert === name);
const grafanaRuleOf = (config: ConfigInput, name: string) =>
  grafanaRuleGroups(bundleOf(config))
    .flatMap(({ rules }) => rules)
    .find((rule) => rule.name === name);
const allText = (value: unknown) => JSON.stringify(value);

const external: ConfigInput = { groupBy: ['cluster', 'zone'], externalLabels: { cluster: 'eu-1' } };

describe('external labels', () => {
  it('are taken from $externalLabels in every text and link of every alert', () => {
    const rules = bundleOf(external).alertGroups.flatMap(({ rules: some }) => some);
    const texts = allText(rules.map(({ annotations, labels }) => [annotations, labels]));
    expect(texts).not.toMatch(/\$labels\.cluster\b/);
    expect(ruleOf(external, 'GatewayPendingWritesStuck')?.annotations.dashboard_url).toBe(
      '/d/gateway-relay?var-cluster={{ $externalLabels.cluster | urlquery }}&var-zone={{ $labels.zone | urlquery }}&var-relay={{ $labels.relay | urlquery }}',
    );
  });

  it('are in the link of an alert that cannot keep the labels of its site', () => {
    expect(ruleOf(external, 'GatewayMissing')?.annotations.dashboard_url).toMatch(
      /\?var-cluster=\{\{ \$externalLabels\.cluster \| urlquery \}\}&viewPanel=/,
    );
  });

  it('are not asked for in the queries of a text: series of this Prometheus do not have them', () => {
    const { summary = '' } = ruleOf(external, 'GatewayPendingWritesStuck')?.annotations ?? {};
    expect(summary).toContain('{zone=%q, relay=%q} > 0` $labels.zone $labels.relay');
  });

  it('are constants in rules that Grafana evaluates, in labels, texts and links', () => {
    const rule = grafanaRuleOf(external, 'GatewayPendingWritesStuck');
    expect(rule?.labels).toMatchObject({ cluster: 'eu-1', severity: 'critical' });
    expect(rule?.annotations.dashboard_url).toContain(
      'var-cluster={{ "eu-1" | urlquery }}&var-zone={{ $labels.zone',
    );
    expect(allText(grafanaRuleGroups(bundleOf(external)))).not.toContain('externalLabels');
  });

  it('are found in each way of writing that a template has', () => {
    const labels = { externalLabels: { cluster: 'eu-1' } };
    const text =
      '{{ $labels.cluster }} {{ .Labels.cluster }} {{ index  $labels  "cluster" }} {{ $labels.relay }}';
    expect(templateForPrometheus(labels, text)).toBe(
      '{{ $externalLabels.cluster }} {{ .ExternalLabels.cluster }} {{ index  $externalLabels  "cluster" }} {{ $labels.relay }}',
    );
    expect(templateForGrafana(labels, text)).toBe(
      '{{ "eu-1" }} {{ "eu-1" }} {{ "eu-1" }} {{ $labels.relay }}',
    );
  });

  it('without a value are left to the data source in Grafana: the files are for several Prometheus servers', () => {
    const several: ConfigInput = { groupBy: ['cluster'], externalLabels: { cluster: '' } };
    const rule = grafanaRuleOf(several, 'GatewayPendingWritesStuck');
    expect(Object.keys(rule?.labels ?? {})).not.toContain('cluster');
    expect(rule?.annotations.dashboard_url).toContain('var-cluster={{ $labels.cluster | urlquery }}');
    expect(ruleOf(several, 'GatewayPendingWritesStuck')?.annotations.dashboard_url).toContain(
      '$externalLabels.cluster',
    );
  });

  it.each([
    ['{{ $labels.cluster }}', '{{ $externalLabels.cluster }}', '{{ "eu-1" }}'],
    ['{{ .Labels.cluster }}', '{{ .ExternalLabels.cluster }}', '{{ "eu-1" }}'],
    ['{{ index $labels "cluster" }}', '{{ index $externalLabels "cluster" }}', '{{ "eu-1" }}'],
    ['{{ $labels.clusters }}', '{{ $labels.clusters }}', '{{ $labels.clusters }}'],
    ['$labels.cluster', '$labels.cluster', '$labels.cluster'],
  ])('are found in the labels that a site adds: %s', (text, prometheus, grafana) => {
    const config: ConfigInput = { externalLabels: { cluster: 'eu-1' }, labels: { where: text } };
    expect(ruleOf(config, 'GatewayDown')?.labels.where).toBe(prometheus);
    expect(grafanaRuleOf(config, 'GatewayDown')?.labels.where).toBe(grafana);
  });

  it('cannot be set on an alert as well: Prometheus would not add them', () => {
    expect(() => bundleOf({ externalLabels: { cluster: 'a' }, labels: { cluster: 'b' } })).toThrow(
      'labels.cluster: is also in externalLabels',
    );
    expect(() =>
      bundleOf({ externalLabels: { cluster: 'a' }, alerts: { GatewayDown: { labels: { cluster: 'b' } } } }),
    ).toThrow('alerts.GatewayDown.labels.cluster: is also in externalLabels');
  });

  it('leave the checks without a finding', () => {
    expect(checkBundle(bundleOf(external))).toEqual([]);
  });

  it('or their absence hide nothing in a dashboard: All matches series without the label', () => {
    const dashboards = renderGrafanaDashboards(bundleOf(external));
    expect(dashboards.length).toBeGreaterThan(5);
    for (const { content } of dashboards) {
      const { templating } = JSON.parse(content) as {
        templating: { list: { name: string; allValue?: string }[] };
      };
      for (const name of ['cluster', 'zone'])
        expect(templating.list.find((one) => one.name === name)).toMatchObject({ allValue: '.*' });
    }
  });
});

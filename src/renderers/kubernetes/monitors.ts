import type { Bundle } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml, type Note } from '../commented-yaml.js';
import { metadata } from './metadata.js';

const JOB_NOTE =
  'The rules look for this job; otherwise the operator derives the job from the names of objects.';

const monitor = (name: string, value: unknown, notes: readonly Note[]): Artifact => ({
  path: `kubernetes/monitors/${name}.yaml`,
  content: commentedYaml(value, GENERATED, notes),
});

/** What a monitor scrapes, by the site's settings, or by the usual label with the usual name. */
const selection = ({ namespace, selector }: Config['kubernetes']['gateway' | 'exporter'], usual: string) => ({
  ...(namespace === undefined ? {} : { namespaceSelector: { matchNames: [namespace] } }),
  selector: { matchLabels: selector ?? { 'app.kubernetes.io/name': usual } },
});

/** What makes Prometheus scrape the gateway and the exporters, under the jobs of the site; nothing where they are scraped already. */
export function renderMonitors(bundle: Bundle): Artifact[] {
  const { kubernetes, jobs, scrapeInterval: interval } = bundle.config;
  if (kubernetes.monitors === 'off') return [];
  const { gateway, exporter } = kubernetes;
  return [
    monitor(
      'gateway',
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: metadata(bundle, 'gateway'),
        spec: {
          ...selection(gateway, 'gateway'),
          endpoints: [
            {
              port: gateway.port,
              path: '/metrics',
              interval,
              relabelings: [{ targetLabel: 'job', replacement: jobs.gateway }],
            },
          ],
        },
      },
      [[['spec', 'endpoints', 0, 'relabelings', 0], JOB_NOTE]],
    ),
    monitor(
      'exporter',
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: metadata(bundle, 'exporter'),
        spec: {
          ...selection(exporter, 'worker'),
          podMetricsEndpoints: [
            {
              port: exporter.port,
              path: '/metrics',
              interval,
              relabelings: [
                { targetLabel: 'job', replacement: jobs.exporter },
                { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'instance' },
              ],
            },
          ],
        },
      },
      [
        [['spec', 'podMetricsEndpoints', 0, 'relabelings', 0], JOB_NOTE],
        [
          ['spec', 'podMetricsEndpoints', 0, 'relabelings', 1],
          'One instance per worker, whatever the address of its pod is.',
        ],
      ],
    ),
  ];
}

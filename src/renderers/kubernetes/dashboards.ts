import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml } from '../commented-yaml.js';
import { renderGrafanaDashboards } from '../grafana/dashboards.js';
import { metadata } from './metadata.js';

/** The dashboards as ConfigMaps, one per dashboard, for the sidecar of Grafana's Helm chart. */
export function renderDashboardConfigMaps(bundle: Bundle): Artifact[] {
  return renderGrafanaDashboards(bundle).map(({ path, content }) => {
    const file = path.slice(path.lastIndexOf('/') + 1);
    const uid = file.slice(0, -'.json'.length);
    const { labels, ...own } = metadata(bundle, uid);
    return {
      path: `kubernetes/dashboards/${uid}.yaml`,
      content: commentedYaml(
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            ...own,
            // The sidecar looks for the first and puts the dashboard into the folder that the second names.
            labels: { ...labels, grafana_dashboard: '1' },
            annotations: { grafana_folder: bundle.config.folder },
          },
          data: { [file]: content },
        },
        GENERATED,
        [],
      ),
    };
  });
}

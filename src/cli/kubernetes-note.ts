import type { Config } from '../config/schema.js';

/** What to set so that kube-prometheus-stack reads the objects; undefined where the target is not written or labels are set. */
export function kubernetesNote({
  targets,
  kubernetes,
}: Pick<Config, 'targets' | 'kubernetes'>): string | undefined {
  if (!targets.includes('kubernetes') || Object.keys(kubernetes.labels).length > 0) return undefined;
  return "kubernetes.labels is not set. kube-prometheus-stack ignores rules and monitors without the label of its Helm release, and reports nothing. In the site's configuration, set kubernetes.labels to { release: <name of the Helm release> }.";
}

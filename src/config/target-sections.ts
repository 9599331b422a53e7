import * as z from 'zod';
import { inOrder, TARGETS } from '../model/target.js';
import { foundText, onOffField, section, textField, urlField } from './fields.js';

/*
 * The settings of the targets: what only one of the additional shapes needs. Names follow the rules of Kubernetes, which would
 * otherwise refuse the files when they are applied.
 */

const ALNUM = '[a-z0-9]';
const DNS_LABEL = new RegExp(`^${ALNUM}(?:[-a-z0-9]{0,61}${ALNUM})?$`);
const LABEL_PART = /^[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX = new RegExp(
  `^(?=.{1,253}$)${ALNUM}(?:[-a-z0-9]*${ALNUM})?(?:\\.${ALNUM}(?:[-a-z0-9]*${ALNUM})?)*$`,
);

const isLabelKey = (key: string) => {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  return more.length === 0 && LABEL_PART.test(name) && (prefix === undefined || LABEL_PREFIX.test(prefix));
};

const dnsLabelField = () =>
  textField('a name of Kubernetes').regex(DNS_LABEL, {
    error: (issue) =>
      `${foundText(issue.input)}, expected a name of Kubernetes: at most 63 lower-case letters, digits and -, with a letter or digit at both ends`,
  });

/** Labels of Kubernetes with their values. */
const kubernetesLabelsField = () =>
  z.record(
    z.string().refine(isLabelKey, {
      error: (issue) =>
        `${foundText(issue.input)}, expected a label of Kubernetes such as release or app.kubernetes.io/name`,
    }),
    textField('a text in quotes').refine((value) => value === '' || LABEL_PART.test(value), {
      error: (issue) =>
        `${foundText(issue.input)}, expected a value of a label of Kubernetes: at most 63 letters, digits, -, _ and ., with a letter or digit at both ends`,
    }),
    { error: (issue) => `${foundText(issue.input)}, expected labels with values` },
  );

const labelsOfKubernetes = (description: string) => kubernetesLabelsField().default({}).describe(description);

/** Labels of objects to select: at least one, because none would select all objects. */
const selectorField = (what: string, usual: string) =>
  kubernetesLabelsField()
    .refine((labels) => Object.keys(labels).length > 0, {
      error: 'found {}, which selects everything; expected at least one label',
    })
    .optional()
    .describe(`Labels of ${what}. Unset: \`app.kubernetes.io/name: ${usual}\`.`);

const portField = (description: string) =>
  textField('the name of a port')
    .regex(/^(?=.{1,63}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/, {
      error: (issue) => `${foundText(issue.input)}, expected the name of a port, such as metrics`,
    })
    .default('metrics')
    .describe(description);

const namespaceOfTargets = (what: string) =>
  dnsLabelField().optional().describe(`Namespace of ${what}. Unset: the namespace of the monitor.`);

export const targetsField = z
  .array(
    z.enum(TARGETS, {
      error: (issue) => `${foundText(issue.input)}, expected one of ${TARGETS.join(', ')}`,
    }),
    { error: (issue) => `${foundText(issue.input)}, expected a list of targets: ${TARGETS.join(', ')}` },
  )
  .refine((names) => new Set(names).size === names.length, {
    error: (issue) => `${foundText(issue.input)}, expected every target once`,
  })
  .transform(inOrder)
  .default([])
  .describe(
    `Additional shapes of the same rules and dashboards, each in the folder of its name: ${TARGETS.join(', ')}.`,
  );

export const folderField = textField('the title of a folder')
  .regex(/^(?!\s)[^\p{Cc}/\\]+(?<!\s)$/u, {
    error: (issue) => `${foundText(issue.input)}, expected the title of a folder: one line without / and \\`,
  })
  .default('Gateway')
  .describe(
    'Folder of the dashboards and alert rules in Grafana, for the targets kubernetes and grafana-provisioning. Pulumi has its own setting.',
  );

export const kubernetesSection = section(
  {
    namespace: dnsLabelField()
      .optional()
      .describe('Namespace of the objects. Unset: the namespace that `kubectl` uses.'),
    namePrefix: dnsLabelField()
      .default('gateway-observability')
      .describe('Start of the names of all objects.'),
    labels: labelsOfKubernetes(
      'Labels of all objects. kube-prometheus-stack ignores objects without `release: <name of the Helm release>`, and reports nothing.',
    ),
    monitors: onOffField(
      'on',
      'Whether to write a ServiceMonitor for the gateway and a PodMonitor for the exporters. `off` if they are scraped already.',
    ),
    gateway: section(
      {
        namespace: namespaceOfTargets('the Service of the gateway'),
        selector: selectorField('the Service of the gateway', 'gateway'),
        port: portField('Name of the port of the Service that serves `/metrics`.'),
      },
      'What the ServiceMonitor scrapes.',
    ),
    exporter: section(
      {
        namespace: namespaceOfTargets('the pods of the workers'),
        selector: selectorField('the pods of the workers, which have the exporter as a sidecar', 'worker'),
        port: portField('Name of the port of the exporter container.'),
      },
      'What the PodMonitor scrapes.',
    ),
  },
  'The target kubernetes.',
);

export const grafanaProvisioningSection = section(
  {
    prometheus: urlField(
      'Address of Prometheus for Grafana. Unset: no data source is written, and Grafana needs one with the uid `datasource.uid`.',
    ),
    dashboards: textField('an absolute path')
      .regex(/^\/[^\p{Cc}]+$/u)
      .default('/etc/grafana/dashboards/gateway')
      .describe('Where Grafana finds the files of `grafana/dashboards/`.'),
    alertRules: onOffField(
      'on',
      'Whether to write the alert rules. `off` if Prometheus evaluates them, because every notification would be sent twice.',
    ),
  },
  'The target grafana-provisioning.',
);

export const mimirSection = section(
  {
    namespace: textField('a name')
      .regex(/^[\w.-]+$/, {
        error: (issue) => `${foundText(issue.input)}, expected a name of letters, digits, -, _ and .`,
      })
      .default('gateway-observability')
      .describe('Namespace of the rules in the ruler, which `mimirtool rules sync --namespaces` names.'),
  },
  'The target mimir.',
);

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import {
  contactPointInputs,
  GatewayObservability,
  type GatewayObservabilityArgs,
  validateArgs,
} from '../../src/pulumi/component.js';

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
const made: Made[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        made.push({ type, name, inputs: inputs as Record<string, unknown> });
        return {
          id: `id-of-${name}`,
          state: { ...(inputs as object), url: `https://grafana.example.org/${name}` },
        };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    'another-team',
    'test',
  );
});

/** Waits for the value: an expectation inside `apply` that nobody awaits passes silently. */
const settled = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

/** Places the component and waits for all of it. */
async function placed(name: string, args?: GatewayObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
  const component = new GatewayObservability(name, args, opts);
  const urls = await settled(component.dashboardUrls);
  const folderUid = await settled(component.folderUid);
  // Rules have no output that the component reads; they are registered once nothing is under way.
  await pulumi.runtime.disconnect();
  return { urls, folderUid, resources: made.filter((one) => one.name.startsWith(`${name}-`)) };
}

describe('the component in another team’s program', () => {
  it('makes its own folder and all dashboards by default', async () => {
    let retained: boolean | undefined;
    // A method that only the component itself calls.
    const outputs = vi.spyOn(
      GatewayObservability.prototype as unknown as { registerOutputs(outputs: object): void },
      'registerOutputs',
    );
    const { urls, folderUid, resources } = await placed('plain', undefined, {
      transformations: [
        ({ name, opts }) => {
          if (name === 'plain-folder') retained = (opts as pulumi.CustomResourceOptions).retainOnDelete;
          return undefined;
        },
      ],
    });
    const registered = outputs.mock.calls.map(([one]) => one).filter((one) => 'folderUid' in (one ?? {}));
    outputs.mockRestore();
    expect(registered.map(Object.keys)).toEqual([['folderUid', 'dashboardUrls']]);
    expect(retained).toBe(false);
    expect(resources.find(({ name }) => name === 'plain-gateway-relay')?.inputs).toEqual({
      configJson: readFileSync(join(packageRoot, 'generated/grafana/dashboards/gateway-relay.json'), 'utf8'),
      folder: 'gateway-observability',
      overwrite: true,
      message: 'Gateway: relay: gateway-observability',
    });
    expect(urls['gateway-relay']).toBe('https://grafana.example.org/plain-gateway-relay');
    expect(folderUid).toBe('gateway-observability');
    expect(Object.keys(urls).sort()).toEqual([
      'gateway-escrow-leases',
      'gateway-overview',
      'gateway-push-resync',
      'gateway-relay',
      'gateway-replica-fallback',
      'gateway-worker-queue',
    ]);
    expect(resources).toHaveLength(7);
    for (const { inputs } of resources) expect(Object.values(inputs)).not.toContain(undefined);
  });

  it('makes what it is told', async () => {
    const { folderUid, resources } = await placed('chosen', {
      folder: { title: 'Edge', uid: 'edge', parentUid: 'parent' },
      dashboards: ['gateway-relay'],
      message: 'release 1.2',
    });
    expect(folderUid).toBe('edge');
    expect(resources.map(({ name }) => name).sort()).toEqual(['chosen-folder', 'chosen-gateway-relay']);
    expect(resources.find(({ name }) => name === 'chosen-folder')?.inputs).toEqual({
      title: 'Edge',
      uid: 'edge',
      parentFolderUid: 'parent',
      preventDestroyIfNotEmpty: true,
    });
    expect(resources.find(({ name }) => name === 'chosen-gateway-relay')?.inputs.message).toBe(
      'Gateway: relay: release 1.2',
    );
  });

  it('puts the dashboards into a folder that exists already, and does not touch the folder', async () => {
    const { folderUid, resources } = await placed('shared', {
      folder: { uid: 'team', existing: true },
      dashboards: ['gateway-relay'],
    });
    expect(folderUid).toBe('team');
    expect(resources.map(({ name }) => name)).toEqual(['shared-gateway-relay']);
    expect(resources[0]?.inputs.folder).toBe('team');
  });

  it.each([
    [
      'a title for a folder that exists already',
      { folder: { existing: true, title: 'Edge' } },
      'found existing together with title, expected only its uid',
    ],
    [
      'what else changes a folder that exists already',
      { folder: { existing: true, parentUid: 'p', keepOnDestroy: false } },
      'found existing together with parentUid, keepOnDestroy, expected only its uid',
    ],
    [
      'policies for alerts that Prometheus evaluates',
      { alertRules: false, notificationPolicies: 'replace the whole tree' },
      'found settings without alertRules: true',
    ],
    [
      'dashboards that are not there',
      { dashboards: ['nope', 'gateway-relay', 'neither'] },
      'dashboards: found nope, neither, expected some of gateway-escrow-leases, gateway-overview, gateway-push-resync',
    ],
    [
      'a contact point for alerts that Prometheus evaluates',
      { notifications: { contactPoint: 'on-call' } },
      'found settings without alertRules: true',
    ],
    [
      'policies without a contact point',
      { alertRules: true, notificationPolicies: 'replace the whole tree' },
      'found no notifications.contactPoint',
    ],
    [
      'files that are not there',
      { artifacts: 'nowhere' },
      'gateway-observability.site.yaml: (file): cannot be read (ENOENT)',
    ],
  ] as const)('refuses %s before it makes anything', async (what, args, says) => {
    const name = what.replaceAll(' ', '_');
    expect(() => new GatewayObservability(name, args as GatewayObservabilityArgs)).toThrow(says);
    await pulumi.runtime.disconnect();
    expect(made.filter((one) => one.name.startsWith(`${name}-`))).toEqual([]);
  });
});

describe('arguments of the component', () => {
  it('make a contact point of what they give, and none otherwise', () => {
    const contactPoint = 'on-call';
    expect(contactPointInputs({ contactPoint })).toBeUndefined();
    expect(contactPointInputs({ contactPoint, emails: ['a@example.org'] })).toStrictEqual({
      name: 'on-call',
      emails: [{ addresses: ['a@example.org'] }],
    });
    expect(contactPointInputs({ contactPoint, webhookUrl: 'https://hooks.example.org' })).toStrictEqual({
      name: 'on-call',
      webhooks: [{ url: expect.anything() }],
    });
  });

  it('ask for alert rules only where the generated files have some', () => {
    const none = { ruleGroups: undefined };
    expect(() => validateArgs(none, { alertRules: true })).toThrow('the generated files contain no rules');
    expect(() => validateArgs(none, { alertRules: false })).not.toThrow();
    expect(() => validateArgs({ ruleGroups: [] }, { alertRules: true })).not.toThrow();
  });
});

describe('alerts that Grafana evaluates', () => {
  interface Rule {
    readonly name: string;
    readonly labels: { readonly severity: string };
    readonly datas: readonly { readonly model: unknown }[];
    readonly notificationSettings?: unknown;
  }
  const generated = JSON.parse(
    readFileSync(join(packageRoot, 'generated/grafana/alerting/alert-rules.json'), 'utf8'),
  ) as { groups: { name: string; intervalSeconds: number; rules: Rule[] }[] };
  const RULES = 'grafana:alerting/ruleGroup:RuleGroup';
  const POINT = 'grafana:alerting/contactPoint:ContactPoint';
  const POLICY = 'grafana:alerting/notificationPolicy:NotificationPolicy';
  const rulesIn = (resources: readonly Made[]) =>
    resources.filter(({ type }) => type === RULES).flatMap(({ inputs }) => inputs.rules as Rule[]);
  const inputsOf = (resources: readonly Made[], type: string) =>
    resources.filter((one) => one.type === type).map(({ inputs }) => inputs);
  const SENT = { contactPoint: 'on-call', groupBies: ['alertname', 'grafana_folder'] };

  it('are those that were generated, and leave the way of notifications to the site', async () => {
    const { resources } = await placed('rules', { alertRules: true, dashboards: [] });
    expect(resources.map(({ name }) => name).sort()).toEqual([
      ...['exporter', 'folder', 'gateway', 'lease-expiry', 'pending-writes', 'push-wait'].map((name) =>
        name === 'folder' ? 'rules-folder' : `rules-${name}.alerts`,
      ),
      'rules-replica-fallback.alerts',
      'rules-worker-queue.alerts',
    ]);
    const written = inputsOf(resources, RULES).map(({ name, folderUid, intervalSeconds, rules }) => ({
      name,
      folderUid,
      intervalSeconds,
      rules: (rules as Rule[]).map(({ datas, ...rule }) => ({
        ...rule,
        datas: datas.map(({ model, ...data }) => ({ ...data, model: JSON.parse(String(model)) })),
      })),
    }));
    const byName = (a: { name?: unknown }, b: { name?: unknown }) =>
      String(a.name) < String(b.name) ? -1 : 1;
    expect(written.sort(byName)).toEqual(
      generated.groups
        .map(({ name, intervalSeconds, rules }) => ({
          name,
          folderUid: 'gateway-observability',
          intervalSeconds,
          rules: rules.map((rule) => expect.objectContaining({ ...rule, datas: rule.datas })),
        }))
        .sort(byName),
    );
  });

  it('go to a contact point that exists already, all of them', async () => {
    const awaited: unknown[] = [];
    const { resources } = await placed(
      'existing',
      {
        alertRules: true,
        dashboards: [],
        notifications: { contactPoint: 'on-call' },
      },
      {
        transformations: [
          ({ type, opts }) => {
            if (type === RULES) awaited.push(opts.dependsOn);
            return undefined;
          },
        ],
      },
    );
    expect(awaited).toEqual(generated.groups.map(() => []));
    expect(inputsOf(resources, POINT)).toEqual([]);
    expect(inputsOf(resources, POLICY)).toEqual([]);
    expect(rulesIn(resources).map(({ notificationSettings }) => notificationSettings)).toEqual(
      rulesIn(resources).map(() => SENT),
    );
  });

  it('go to a contact point that is made first, by severity, under policies that were asked for', async () => {
    const options = new Map<string, pulumi.CustomResourceOptions>();
    const component = new GatewayObservability(
      'paged',
      {
        alertRules: true,
        dashboards: ['gateway-relay'],
        folder: { keepOnDestroy: true },
        notifications: {
          contactPoint: 'on-call',
          webhookUrl: 'https://hooks.example.org/T0KEN',
          emails: ['a@example.org', 'b@example.org'],
          severities: ['critical', 'warning'],
        },
        notificationPolicies: 'replace the whole tree',
      },
      {
        transformations: [
          ({ name, opts }) => {
            options.set(name, opts as pulumi.CustomResourceOptions);
            return undefined;
          },
        ],
      },
    );
    await settled(component.dashboardUrls);
    await pulumi.runtime.disconnect();
    const resources = made.filter(({ name }) => name.startsWith('paged-'));
    expect(inputsOf(resources, POINT)).toEqual([
      {
        name: 'on-call',
        webhooks: expect.anything(),
        emails: [{ addresses: ['a@example.org', 'b@example.org'] }],
      },
    ]);
    expect(JSON.stringify(inputsOf(resources, POINT))).toContain('https://hooks.example.org/T0KEN');
    expect(inputsOf(resources, POLICY)).toEqual([{ contactPoint: 'on-call', groupBies: ['alertname'] }]);
    for (const { name, labels, notificationSettings } of rulesIn(resources))
      expect([name, notificationSettings]).toEqual([name, labels.severity === 'info' ? undefined : SENT]);

    const names = [...options.keys()].filter((name) => name.startsWith('paged-'));
    expect(names).toHaveLength(resources.length);
    for (const name of names) expect([name, options.get(name)?.parent === component]).toEqual([name, true]);
    expect(options.get('paged-folder')?.retainOnDelete).toBe(true);
    const awaited = (name: string) =>
      [options.get(name)?.dependsOn ?? []].flat().map((one) => (one as { __name?: string }).__name);
    expect(awaited('paged-gateway.alerts')).toEqual(['paged-contact-point', 'paged-notification-policies']);
    expect(awaited('paged-notification-policies')).toEqual(['paged-contact-point']);
  });

  it('go under policies that await nothing where the contact point exists already', async () => {
    const awaited: unknown[] = [];
    await placed(
      'policies',
      {
        alertRules: true,
        dashboards: [],
        notifications: { contactPoint: 'on-call' },
        notificationPolicies: 'replace the whole tree',
      },
      {
        transformations: [
          ({ type, opts }) => {
            if (type === POLICY) awaited.push(opts.dependsOn);
            return undefined;
          },
        ],
      },
    );
    expect(awaited).toEqual([[]]);
  });
});

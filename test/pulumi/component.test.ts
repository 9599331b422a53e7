import * as pulumi from '@pulumi/pulumi';
import { beforeAll, describe, expect, it } from 'vitest';
import { GatewayObservability, type GatewayObservabilityArgs } from '../../src/pulumi/component.js';

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
async function placed(name: string, args?: GatewayObservabilityArgs) {
  const component = new GatewayObservability(name, args);
  const urls = await settled(component.dashboardUrls);
  const folderUid = await settled(component.folderUid);
  // Rules have no output that the component reads; they are registered once nothing is under way.
  await pulumi.runtime.disconnect();
  return { urls, folderUid, resources: made.filter((one) => one.name.startsWith(`${name}-`)) };
}

describe('the component in another team’s program', () => {
  it('makes its own folder and all dashboards by default', async () => {
    const { urls, folderUid, resources } = await placed('plain');
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
      'a dashboard that is not there',
      { dashboards: ['nope'] },
      'dashboards: found nope, expected some of gateway-',
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

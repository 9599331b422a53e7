import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { packageRoot } from '../../src/package/root.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { writeFiles } from '../../src/renderers/write.js';
import { type Run, type RunOptions, runProgram, SECRET } from './engine.js';
import { importFile } from './lifecycle.js';

const files = temporaryFolder('pulumi');
afterAll(() => files.remove());

const set = (settings: Readonly<Record<string, string>>, more: Omit<RunOptions, 'config'> = {}) =>
  runProgram({
    ...more,
    config: Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`gateway-observability:${key}`, value]),
    ),
  });

/** Generates the files of a site into a folder of their own. */
function generated(name: string, config: ConfigInput = {}): string {
  const folder = join(files.path, name);
  mkdirSync(folder);
  writeFiles(folder, artifactsOf(buildBundle(parseConfig(config), definitions())));
  return folder;
}

const names = ({ registrations }: Run, type: string) =>
  registrations.filter((one) => one.type === type).map(({ name }) => name);
const errors = ({ logs }: Run) =>
  logs
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message)
    .join('\n');

const FOLDER = 'grafana:oss/folder:Folder';
const DASHBOARD = 'grafana:oss/dashboard:Dashboard';
const RULES = 'grafana:alerting/ruleGroup:RuleGroup';

describe('the program with nothing configured', () => {
  let run: Run;
  beforeAll(async () => {
    run = await runProgram();
  });

  it('registers a folder and the dashboards, and nothing that Prometheus does already', () => {
    expect(run.exitCode, run.stderr).toBe(0);
    expect(names(run, FOLDER)).toEqual(['gateway-folder']);
    expect(names(run, DASHBOARD)).toEqual([
      'gateway-gateway-escrow-leases',
      'gateway-gateway-overview',
      'gateway-gateway-push-resync',
      'gateway-gateway-relay',
      'gateway-gateway-replica-fallback',
      'gateway-gateway-worker-queue',
    ]);
    expect(run.registrations.filter(({ custom }) => custom)).toHaveLength(7);
  });

  it('ships the bytes that were generated and reviewed', () => {
    for (const { inputs, type, name } of run.registrations) {
      if (type !== DASHBOARD) continue;
      const file = join(packageRoot, 'generated/grafana/dashboards', `${name.replace(/^gateway-/, '')}.json`);
      expect(inputs.configJson).toBe(readFileSync(file, 'utf8'));
    }
  });

  it('puts each dashboard into the folder, after the folder is there', () => {
    const folder = run.registrations.find(({ type }) => type === FOLDER);
    for (const { type, dependencies, inputs, parent } of run.registrations) {
      if (type !== DASHBOARD) continue;
      expect(dependencies).toContain(folder?.urn);
      expect(inputs.folder).toBe('gateway-observability');
      expect(parent).toContain('gateway-observability:index:GatewayObservability');
    }
  });

  it('deletes the folder with the stack, but only if it is empty: a folder that stays is in the way of the next update', () => {
    const folder = run.registrations.find(({ type }) => type === FOLDER);
    expect(folder?.retainOnDelete).toBe(false);
    expect(folder?.inputs).toEqual({
      title: 'Gateway',
      uid: 'gateway-observability',
      preventDestroyIfNotEmpty: true,
    });
  });

  it('registers what the file for `pulumi import` in the documentation names, under the same component', () => {
    const { resources } = JSON.parse(importFile()) as {
      resources: { type: string; name: string; parent?: string }[];
    };
    const registered = run.registrations.map(({ type, name, parent }) => ({
      type,
      name,
      ...(parent.includes('GatewayObservability::') ? { parent: 'gateway' } : {}),
    }));
    expect(resources.length).toBeGreaterThan(2);
    for (const { type, name, parent } of resources) {
      expect(registered).toContainEqual({ type, name, ...(parent === undefined ? {} : { parent }) });
    }
  });

  it('names versions so that the history can be read', () => {
    const overview = run.registrations.find(({ name }) => name === 'gateway-gateway-overview');
    expect(overview?.inputs.message).toBe('Gateway: overview: gateway-observability');
  });

  it('tells where the dashboards are', () => {
    expect(run.outputs).toMatchObject({ folderUid: 'gateway-observability' });
    expect(Object.keys(run.outputs.dashboardUrls as object)).toHaveLength(6);
    expect((run.outputs.dashboardUrls as Record<string, string>)['gateway-relay']).toBe(
      'https://grafana.example.org/d/gateway-relay',
    );
  });

  it('holds no undefined and no unresolved output', () => {
    const all = JSON.stringify(run.registrations);
    expect(all).not.toContain('Calling [toString]');
    expect(all).not.toContain('undefined');
    expect(all).not.toContain('[object Object]');
  });

  it('registers the very same things the second time', async () => {
    const again = await runProgram();
    expect(again.registrations).toEqual(run.registrations);
    expect(again.outputs).toEqual(run.outputs);
  });

  it('registers the same in a preview, where nothing exists yet', async () => {
    const preview = await runProgram({ preview: true });
    expect(preview.exitCode, preview.stderr).toBe(0);
    expect(preview.registrations.map(({ urn, inputs }) => [urn, Object.keys(inputs)])).toEqual(
      run.registrations.map(({ urn, inputs }) => [urn, Object.keys(inputs)]),
    );
  });
});

describe('the alerts, when Grafana is to evaluate them', () => {
  let run: Run;
  beforeAll(async () => {
    run = await set(
      {
        alertRules: 'true',
        contactPoint: 'on-call',
        webhookUrl: 'https://hooks.example.org/T0KEN',
        severities: '["critical","warning"]',
      },
      { secrets: ['gateway-observability:webhookUrl'] },
    );
  });

  it('are one group a signal, with the contact point before them', () => {
    expect(run.exitCode, errors(run)).toBe(0);
    expect(names(run, RULES)).toEqual([
      'gateway-exporter.alerts',
      'gateway-gateway.alerts',
      'gateway-lease-expiry.alerts',
      'gateway-pending-writes.alerts',
      'gateway-push-wait.alerts',
      'gateway-replica-fallback.alerts',
      'gateway-worker-queue.alerts',
    ]);
    const point = run.registrations.find(({ type }) => type === 'grafana:alerting/contactPoint:ContactPoint');
    for (const { type, dependencies } of run.registrations) {
      if (type === RULES) expect(dependencies).toContain(point?.urn);
    }
  });

  it('are routed one by one; the tree of policies is left alone', () => {
    expect(names(run, 'grafana:alerting/notificationPolicy:NotificationPolicy')).toEqual([]);
    const rules = run.registrations
      .filter(({ type }) => type === RULES)
      .flatMap(
        ({ inputs }) => inputs.rules as { labels: { severity: string }; notificationSettings?: object }[],
      );
    expect(rules.length).toBeGreaterThan(25);
    for (const { labels, notificationSettings } of rules) {
      expect(notificationSettings).toEqual(
        labels.severity === 'info'
          ? undefined
          : { contactPoint: 'on-call', groupBies: ['alertname', 'grafana_folder'] },
      );
    }
  });

  it('keep the address of the webhook secret', () => {
    const point = run.registrations.find(({ type }) => type === 'grafana:alerting/contactPoint:ContactPoint');
    expect(JSON.stringify(point?.inputs)).toContain(Object.keys(SECRET)[0]);
    const [webhook] = (point?.inputs.webhooks as unknown[]) ?? [];
    const marked = [point?.inputs.webhooks, webhook, (webhook as { url?: unknown })?.url].some(
      (one) =>
        typeof one === 'object' && one !== null && Object.keys(SECRET).every((key) => key in (one as object)),
    );
    expect(marked).toBe(true);
    const others = run.registrations.filter((one) => one !== point);
    expect(JSON.stringify([others, run.outputs, run.logs, run.stderr]).includes('T0KEN')).toBe(false);
  });

  it('replace the tree of policies only when applied so in so many words, with a warning', async () => {
    const applied = await set({
      alertRules: 'true',
      contactPoint: 'on-call',
      notificationPolicies: 'replace the whole tree',
    });
    expect(names(applied, 'grafana:alerting/notificationPolicy:NotificationPolicy')).toHaveLength(1);
    expect(
      applied.logs.filter(({ severity }) => severity === 'warning').map(({ message }) => message),
    ).toEqual([
      'notificationPolicies replaces the whole tree of notification policies of the organization: all other policies are lost',
    ]);
  });
});

describe('a changed threshold', () => {
  it('changes the rules and panels that read it, and nothing else', async () => {
    const before = generated('before');
    const after = generated('after', { thresholds: { pendingWrites: { criticalAfter: '30h' } } });
    const [old, now] = await Promise.all([
      set({ artifacts: before, alertRules: 'true' }),
      // Relative to the project's folder, which is not the working directory.
      set({ artifacts: relative(packageRoot, after), alertRules: 'true' }),
    ]);
    expect(now.registrations.map(({ urn }) => urn)).toEqual(old.registrations.map(({ urn }) => urn));
    const changed = now.registrations.filter(
      (one, i) => JSON.stringify(one.inputs) !== JSON.stringify(old.registrations[i]?.inputs),
    );
    // The dashboards that draw the threshold, and the group of the alert.
    expect(changed.map(({ name }) => name)).toEqual([
      'gateway-pending-writes.alerts',
      'gateway-gateway-escrow-leases',
      'gateway-gateway-overview',
      'gateway-gateway-push-resync',
      'gateway-gateway-relay',
      'gateway-gateway-worker-queue',
    ]);
    const ruleOf = (run: Run) =>
      (run.registrations.find(({ name }) => name === 'gateway-pending-writes.alerts')?.inputs.rules ??
        []) as Record<string, unknown>[];
    const rules = ruleOf(now).filter((rule, i) => JSON.stringify(rule) !== JSON.stringify(ruleOf(old)[i]));
    expect(rules.map(({ name }) => name)).toEqual(['GatewayPendingWritesOverdue']);
    expect(JSON.stringify(rules)).toContain('108000');
  });
});

describe('a project without generated files', () => {
  it('deploys those of the package, and is refused with settings that cannot be read', async () => {
    const root = join(files.path, 'bare');
    mkdirSync(root);
    const run = await runProgram({ root });
    expect(run.exitCode, errors(run)).toBe(0);
    expect(names(run, DASHBOARD)).toHaveLength(6);
    writeFileSync(join(root, 'site.yaml'), 'threshold: {}\n');
    const refused = await runProgram({ root });
    expect(refused.exitCode).not.toBe(0);
    expect(errors(refused)).toMatch(/^site\.yaml: threshold: unknown key[^\n]*$/m);
    expect(refused.stderr + errors(refused)).not.toMatch(/^ +at /m);
    expect(refused.registrations.filter(({ custom }) => custom)).toEqual([]);
  });
});

describe('what is wrong', () => {
  it('gets every problem named at once, a non-zero exit, and deploys nothing', async () => {
    const run = await set({ alertRule: 'true', keepFolder: 'yes' });
    expect(run.exitCode).not.toBe(0);
    expect(errors(run)).toContain('gateway-observability:alertRule: unknown key; expected one of artifacts,');
    expect(errors(run)).toContain('gateway-observability:keepFolder: found "yes", expected true or false');
    expect(run.registrations.filter(({ custom }) => custom)).toEqual([]);
  });

  it('is a file that was changed by hand: it is named, with the remedy, and nothing is deployed', async () => {
    const folder = join(files.path, 'edited');
    cpSync(join(packageRoot, 'generated'), folder, { recursive: true });
    const file = join(folder, 'grafana/dashboards/gateway-relay.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Gateway: relay', 'Gateway: changed'));
    const run = await set({ artifacts: folder });
    expect(run.exitCode).not.toBe(0);
    expect(errors(run)).toContain(
      'grafana/dashboards/gateway-relay.json: was changed after it was generated',
    );
    expect(errors(run)).toContain('run `npm run generate`');
    expect(run.registrations.filter(({ custom }) => custom)).toEqual([]);
  });
});

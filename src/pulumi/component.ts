import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import * as grafana from '@pulumiverse/grafana';
import type { Definitions } from '../bundle/bundle.js';
import { packageRoot } from '../package/root.js';
import type { GrafanaRule, GrafanaRuleGroup } from '../renderers/grafana/alert-rules.js';
import { ArtifactError, type Artifacts, type DashboardFile, readArtifacts } from './artifacts.js';
import { formerNames } from './former-names.js';

/** Where alerts that Grafana evaluates are sent. */
export interface NotificationArgs {
  /** Name of the contact point. One that exists already unless `webhookUrl` or `emails` say how to make it. */
  readonly contactPoint: string;
  /** Makes the contact point: an address that gets every notification. A secret, since such addresses carry tokens. */
  readonly webhookUrl?: pulumi.Input<string>;
  /** Makes the contact point: people who get a mail. */
  readonly emails?: readonly string[];
  /** Severities sent there; all by default. Others follow the site's own notification policies. */
  readonly severities?: readonly ('critical' | 'warning' | 'info')[];
}

/** What another team may say where it places the component in its own program. */
export interface GatewayObservabilityArgs {
  /** Folder of the generated files: the package's own by default, or what `generate --config site.yaml --out` wrote. */
  readonly artifacts?: string;
  /** The definitions from which `artifacts` was generated: by default those of this package. */
  readonly definitions?: Definitions;
  readonly folder?: {
    /** "Gateway" by default. */
    readonly title?: string;
    /** "gateway-observability" by default. Another one makes another folder. */
    readonly uid?: string;
    readonly parentUid?: string;
    /** True by default: destroying the stack leaves the folder, and it is never deleted while it holds others' dashboards. */
    readonly keepOnDestroy?: boolean;
  };
  /** The uids of the dashboards to deploy; all by default. */
  readonly dashboards?: readonly string[];
  /** What the versions of the dashboards are called in Grafana's history: a release, or a commit. */
  readonly message?: string;
  /** True: Grafana evaluates the alerts itself (Grafana 12 and newer). Prometheus does by default. */
  readonly alertRules?: boolean;
  /** Per-rule notification settings; without them the site's notification policies apply. */
  readonly notifications?: NotificationArgs;
  /**
   * Replaces the whole tree of notification policies of the organization with one that sends everything to the contact point. All other policies are
   * lost; the value is spelled out to prevent accidents.
   */
  readonly notificationPolicies?: 'replace the whole tree';
}

const DEFAULT_FOLDER = { title: 'Gateway', uid: 'gateway-observability' } as const;

/** Folder, dashboards and, on request, alert rules in one Grafana. Deploys the bytes that were generated and reviewed. */
export class GatewayObservability extends pulumi.ComponentResource {
  /** Uid of the folder. */
  readonly folderUid: pulumi.Output<string>;
  /** Addresses of the dashboards by their uid. */
  readonly dashboardUrls: pulumi.Output<Record<string, string>>;

  /**
   * @throws {ArtifactError} when generated files are missing, were edited by hand or are out of date
   */
  constructor(name: string, args: GatewayObservabilityArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super('gateway-observability:index:GatewayObservability', name, {}, opts);
    const artifacts = readArtifacts(args.artifacts ?? join(packageRoot, 'generated'), args.definitions);
    // All of it before the first resource: half a deployment is worse than none.
    const chosen = chooseDashboards(artifacts, args.dashboards);
    validateArgs(artifacts, args);
    const keepOnDestroy = args.folder?.keepOnDestroy ?? true;

    const folder = new grafana.oss.Folder(
      `${name}-folder`,
      {
        title: args.folder?.title ?? DEFAULT_FOLDER.title,
        uid: args.folder?.uid ?? DEFAULT_FOLDER.uid,
        // Otherwise deleting the folder deletes what others have put into it.
        preventDestroyIfNotEmpty: true,
        ...(args.folder?.parentUid === undefined ? {} : { parentFolderUid: args.folder.parentUid }),
      },
      { parent: this, retainOnDelete: keepOnDestroy },
    );
    const dashboards = chosen.map((dashboard) => this.#dashboard(name, dashboard, folder, args.message));

    if (args.alertRules === true) this.#alertRules(name, artifacts.ruleGroups ?? [], folder, args);

    this.folderUid = folder.uid;
    this.dashboardUrls = pulumi
      .all(dashboards.map(({ uid, resource }) => resource.url.apply((url) => [uid, url] as const)))
      .apply((pairs) => Object.fromEntries(pairs));
    this.registerOutputs({ folderUid: this.folderUid, dashboardUrls: this.dashboardUrls });
  }

  #dashboard(
    name: string,
    { uid, title, json }: DashboardFile,
    folder: grafana.oss.Folder,
    message?: string,
  ) {
    const resource = new grafana.oss.Dashboard(
      `${name}-${uid}`,
      {
        configJson: json,
        folder: folder.uid,
        // An edit by hand is drift: the next update shows it, and puts back what was reviewed.
        overwrite: true,
        message: message === undefined ? `${title}: gateway-observability` : `${title}: ${message}`,
      },
      { parent: this, aliases: formerNames(uid).map((former) => ({ name: `${name}-${former}` })) },
    );
    return { uid, resource };
  }

  #alertRules(
    name: string,
    ruleGroups: readonly GrafanaRuleGroup[],
    folder: grafana.oss.Folder,
    { notifications, notificationPolicies }: GatewayObservabilityArgs,
  ): void {
    const contactPoint = notifications === undefined ? undefined : this.#contactPoint(name, notifications);
    const policy =
      notificationPolicies === undefined || notifications === undefined
        ? undefined
        : this.#policy(name, notifications, contactPoint);
    const dependsOn = [contactPoint, policy].filter((one) => one !== undefined);
    for (const group of ruleGroups) {
      new grafana.alerting.RuleGroup(
        `${name}-${group.name}`,
        {
          name: group.name,
          folderUid: folder.uid,
          intervalSeconds: group.intervalSeconds,
          rules: group.rules.map((rule) => ruleInput(rule, notifications)),
        },
        {
          parent: this,
          dependsOn,
          aliases: formerNames(group.name).map((former) => ({ name: `${name}-${former}` })),
        },
      );
    }
  }

  #contactPoint(name: string, { contactPoint, webhookUrl, emails }: NotificationArgs) {
    if (webhookUrl === undefined && emails === undefined) return undefined;
    return new grafana.alerting.ContactPoint(
      `${name}-contact-point`,
      {
        name: contactPoint,
        ...(webhookUrl === undefined ? {} : { webhooks: [{ url: pulumi.secret(webhookUrl) }] }),
        ...(emails === undefined ? {} : { emails: [{ addresses: [...emails] }] }),
      },
      { parent: this },
    );
  }

  #policy(
    name: string,
    notifications: NotificationArgs,
    contactPoint: grafana.alerting.ContactPoint | undefined,
  ) {
    void pulumi.log.warn(
      'notificationPolicies replaces the whole tree of notification policies of the organization: all other policies are lost',
      this,
    );
    return new grafana.alerting.NotificationPolicy(
      `${name}-notification-policies`,
      { contactPoint: notifications.contactPoint, groupBies: ['alertname'] },
      { parent: this, dependsOn: contactPoint === undefined ? [] : [contactPoint] },
    );
  }
}

/** Throws {@link ArtifactError} for arguments that do not go together. */
function validateArgs(
  { ruleGroups }: Artifacts,
  { alertRules, notifications, notificationPolicies }: GatewayObservabilityArgs,
): void {
  const hasNotificationSettings = notifications !== undefined || notificationPolicies !== undefined;
  if (alertRules !== true && hasNotificationSettings) {
    throw new ArtifactError(
      'notifications: found settings without alertRules: true, expected both: alerts that Prometheus evaluates are routed by Alertmanager',
    );
  }
  if (alertRules === true && ruleGroups === undefined) {
    throw new ArtifactError(
      'alertRules: the generated files contain no rules for Grafana: evaluationInterval must be a multiple of 10s',
    );
  }
  if (notificationPolicies !== undefined && notifications === undefined) {
    throw new ArtifactError(
      'notificationPolicies: found no notifications.contactPoint, expected the contact point for all alerts',
    );
  }
}

function chooseDashboards(
  { dashboards }: Artifacts,
  uids: readonly string[] | undefined,
): readonly DashboardFile[] {
  const unknown = uids?.filter((uid) => !dashboards.some((dashboard) => dashboard.uid === uid)) ?? [];
  if (unknown.length > 0) {
    throw new ArtifactError(
      `dashboards: found ${unknown.join(', ')}, expected some of ${dashboards.map(({ uid }) => uid).join(', ')}`,
    );
  }
  return dashboards.filter(({ uid }) => uids?.includes(uid) ?? true);
}

/** A rule in the provider's terms. */
function ruleInput(
  rule: GrafanaRule,
  notifications: NotificationArgs | undefined,
): grafana.types.input.alerting.RuleGroupRule {
  const { severities } = notifications ?? {};
  const severity = rule.labels.severity as 'critical' | 'warning' | 'info';
  const isSent = notifications !== undefined && (severities?.includes(severity) ?? true);
  return {
    uid: rule.uid,
    name: rule.name,
    condition: rule.condition,
    for: rule.for,
    keepFiringFor: rule.keepFiringFor,
    missingSeriesEvalsToResolve: rule.missingSeriesEvalsToResolve,
    noDataState: rule.noDataState,
    execErrState: rule.execErrState,
    labels: { ...rule.labels },
    annotations: { ...rule.annotations },
    datas: rule.datas.map(({ refId, datasourceUid, relativeTimeRange, model }) => ({
      refId,
      datasourceUid,
      relativeTimeRange: { ...relativeTimeRange },
      model: JSON.stringify(model),
    })),
    ...(isSent
      ? {
          notificationSettings: {
            contactPoint: notifications.contactPoint,
            // By name, never by relay: a thousand relays that fail at once make one notification.
            groupBies: ['alertname', 'grafana_folder'],
          },
        }
      : {}),
  };
}

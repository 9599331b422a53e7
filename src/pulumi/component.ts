import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import * as grafana from '@pulumiverse/grafana';
import type { Definitions } from '../bundle/bundle.js';
import { packageRoot } from '../package/root.js';
import type { GrafanaRule, GrafanaRuleGroup } from '../renderers/grafana/alert-rules.js';
import { ArtifactError, type Artifacts, type DashboardFile, readArtifacts } from './artifacts.js';
import { formerAliases } from './former-names.js';

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
    /**
     * True: the folder exists already, made by hand or by another stack. The component uses it and neither changes nor deletes it; `title`,
     * `parentUid` and `keepOnDestroy` are refused.
     */
    readonly existing?: boolean;
    /**
     * True: destroying the stack leaves the folder. By default it is deleted if it is empty; otherwise destroying the stack fails after everything
     * else is deleted. A folder that was left has to be used as an existing one, because Grafana refuses to create it again.
     */
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
    this.folderUid = this.#folder(name, args.folder);
    const dashboards = chosen.map((dashboard) => this.#dashboard(name, dashboard, args.message));

    if (args.alertRules === true) this.#alertRules(name, artifacts.ruleGroups ?? [], args);

    this.dashboardUrls = pulumi
      .all(dashboards.map(({ uid, resource }) => resource.url.apply((url) => [uid, url] as const)))
      .apply((pairs) => Object.fromEntries(pairs));
    this.registerOutputs({ folderUid: this.folderUid, dashboardUrls: this.dashboardUrls });
  }

  /** The uid of the folder, which is created unless it exists already. */
  #folder(name: string, folder: GatewayObservabilityArgs['folder'] = {}): pulumi.Output<string> {
    const uid = folder.uid ?? DEFAULT_FOLDER.uid;
    if (folder.existing === true) return pulumi.output(uid);
    return new grafana.oss.Folder(
      `${name}-folder`,
      {
        title: folder.title ?? DEFAULT_FOLDER.title,
        uid,
        // Otherwise deleting the folder deletes what others have put into it.
        preventDestroyIfNotEmpty: true,
        ...(folder.parentUid === undefined ? {} : { parentFolderUid: folder.parentUid }),
      },
      { parent: this, retainOnDelete: folder.keepOnDestroy ?? false },
    ).uid;
  }

  #dashboard(name: string, { uid, title, json }: DashboardFile, message?: string) {
    const resource = new grafana.oss.Dashboard(
      `${name}-${uid}`,
      {
        configJson: json,
        folder: this.folderUid,
        // An edit by hand is drift: the next update shows it, and puts back what was reviewed.
        overwrite: true,
        message: message === undefined ? `${title}: gateway-observability` : `${title}: ${message}`,
      },
      { parent: this, aliases: formerAliases(name, uid) },
    );
    return { uid, resource };
  }

  #alertRules(
    name: string,
    ruleGroups: readonly GrafanaRuleGroup[],
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
          folderUid: this.folderUid,
          intervalSeconds: group.intervalSeconds,
          rules: group.rules.map((rule) => ruleInput(rule, notifications)),
        },
        { parent: this, dependsOn, aliases: formerAliases(name, group.name) },
      );
    }
  }

  #contactPoint(name: string, notifications: NotificationArgs) {
    const inputs = contactPointInputs(notifications);
    if (inputs === undefined) return undefined;
    return new grafana.alerting.ContactPoint(`${name}-contact-point`, inputs, { parent: this });
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
export function validateArgs(
  { ruleGroups }: Pick<Artifacts, 'ruleGroups'>,
  { folder, alertRules, notifications, notificationPolicies }: GatewayObservabilityArgs,
): void {
  const unused = (['title', 'parentUid', 'keepOnDestroy'] as const).filter(
    (key) => folder?.existing === true && folder[key] !== undefined,
  );
  if (unused.length > 0) {
    throw new ArtifactError(
      `folder: found existing together with ${unused.join(', ')}, expected only its uid: an existing folder is neither changed nor deleted`,
    );
  }
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

/** The contact point in the provider's terms; undefined for one that exists already. */
export function contactPointInputs({
  contactPoint,
  webhookUrl,
  emails,
}: NotificationArgs): grafana.alerting.ContactPointArgs | undefined {
  if (webhookUrl === undefined && emails === undefined) return undefined;
  return {
    name: contactPoint,
    ...(webhookUrl === undefined ? {} : { webhooks: [{ url: pulumi.secret(webhookUrl) }] }),
    ...(emails === undefined ? {} : { emails: [{ addresses: [...emails] }] }),
  };
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

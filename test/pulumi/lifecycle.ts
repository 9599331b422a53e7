import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { packageRoot } from '../../src/package/root.js';
import { writeFiles } from '../../src/renderers/write.js';
import { demand, type Pulumi, type Stack } from './command.js';
import { type Grafana, TOKEN } from './grafanas.js';

/* What a stack goes through, with whichever provider. */

const WEBHOOK = 'https://hooks.example.org/token-of-the-test';
const UID = 'gateway-observability';
const dashboardsIn = (grafana: Grafana) =>
  grafana.contents().filter((one) => one.startsWith('dashboard gateway-'));

function generated(folder: string, config: ConfigInput = {}): string {
  mkdirSync(folder);
  writeFiles(folder, artifactsOf(buildBundle(parseConfig(config), definitions())));
  return folder;
}

/** The file for `pulumi import` in docs/deploy.md. */
export function importFile(): string {
  const text = readFileSync(join(packageRoot, 'docs', 'deploy.md'), 'utf8');
  const block = [...text.matchAll(/```json\n(.*?)```/gs)].find(([, json]) => json?.includes('"resources"'));
  if (block?.[1] === undefined) throw new Error('docs/deploy.md has no file for pulumi import');
  return block[1];
}

/** Preview, update, a second update, alert rules, a changed threshold, a manual edit, edited files. */
export async function lifecycle(pulumi: Pulumi, grafana: Grafana, files: string): Promise<void> {
  const before = generated(join(files, 'before'));
  const after = generated(join(files, 'after'), { thresholds: { pendingWrites: { criticalAfter: '30h' } } });
  const edited = generated(join(files, 'edited'));
  const dashboard = join(edited, 'grafana', 'dashboards', 'gateway-relay.json');
  writeFileSync(dashboard, readFileSync(dashboard, 'utf8').replace('"title": "', '"title": "My '));
  await pulumi.withStack('lifecycle', async (stack) => {
    const up = async (what: string, ...more: string[]) => {
      grafana.changes();
      const { failed, output } = await stack.up(...more);
      demand(what, !failed, output);
    };
    await stack.set('artifacts', before);
    const first = await stack.planned();
    demand(
      'a preview shows the folder and six dashboards, and creates nothing',
      first.filter((step) => step.startsWith('create gateway-gateway-')).length === 6 &&
        first.includes('create gateway-folder') &&
        grafana.contents().length === 0,
      first.join('\n'),
    );
    await up('an update deploys');
    demand(
      'Grafana has the folder and six dashboards',
      grafana.contents().length === 7,
      grafana.contents().join(),
    );
    await up('the second update changes nothing', '--expect-no-changes');
    demand('and nothing was written', grafana.changes() === 0, 'it was');

    await stack.set('alertRules', 'true');
    await stack.set('contactPoint', 'on-call');
    await stack.set('webhookUrl', WEBHOOK, '--secret');
    const added = await stack.planned();
    await up('alert rules and a contact point are added');
    demand(
      'the dashboards were not touched',
      !added.some((step) => step.includes('gateway-gateway-')),
      added.join(),
    );
    const state = await stack.must('the state can be exported', ['stack', 'export']);
    demand('it has the folder', state.includes('gateway-folder'), state);
    demand('the secret is not in the state', !state.includes(WEBHOOK), 'it is');
    await up('an update with alert rules changes nothing either', '--expect-no-changes');

    await stack.set('artifacts', after);
    const changes = await stack.planned();
    demand(
      'a changed threshold updates the dashboards that draw it and the group of its alert, and nothing else',
      changes.join() ===
        [
          'update gateway-gateway-escrow-leases',
          'update gateway-gateway-overview',
          'update gateway-gateway-push-resync',
          'update gateway-gateway-relay',
          'update gateway-gateway-worker-queue',
          'update gateway-pending-writes.alerts',
        ].join(),
      changes.join('\n'),
    );
    await up('it deploys');

    const title = grafana.titleOf('gateway-relay');
    grafana.retitle('gateway-relay');
    const drift = await stack.planned();
    demand(
      'a plain preview shows a manual edit',
      drift.join() === 'update gateway-gateway-relay',
      drift.join('\n'),
    );
    await up('a plain update reverts it');
    demand('and changes that dashboard only', grafana.changes() === 1, 'it changed more');
    demand(
      'the title is the reviewed one',
      grafana.titleOf('gateway-relay') === title,
      grafana.titleOf('gateway-relay'),
    );

    await stack.set('artifacts', edited);
    grafana.changes();
    const refused = await stack.up();
    demand(
      'files edited by hand are refused, with the remedy, and nothing is written',
      refused.failed &&
        /gateway-relay\.json/.test(refused.output) &&
        /generate/.test(refused.output) &&
        grafana.changes() === 0,
      refused.output,
    );
    await stack.set('artifacts', after);
    const { failed, output } = await stack.destroy();
    demand('it can be removed', !failed, output);
    demand('nothing is left', grafana.contents().length === 0, grafana.contents().join());
  });
}

/** Removing and deploying again, with and without something of others in the folder. */
export async function removal(pulumi: Pulumi, grafana: Grafana): Promise<void> {
  await pulumi.withStack('removal', async (stack) => {
    await stack.must('an update deploys', ['up', '--yes', '--skip-preview']);
    await stack.must('it can be removed', ['destroy', '--yes', '--skip-preview']);
    demand('the empty folder is gone', grafana.contents().length === 0, grafana.contents().join());
    await stack.must('it can be deployed again', ['up', '--yes', '--skip-preview']);

    grafana.addDashboard('of-another-team', UID);
    const refused = await stack.destroy();
    demand(
      'a folder that holds a dashboard of another team is not deleted, and the command fails with the reason',
      refused.failed && refused.output.includes('is not empty'),
      refused.output,
    );
    demand(
      'the dashboards are gone, and that of the other team is not',
      grafana.contents().join() === `dashboard of-another-team,folder ${UID}`,
      grafana.contents().join(),
    );
    await stack.must('it can be deployed again into that folder', ['up', '--yes', '--skip-preview']);
    grafana.removeDashboard('of-another-team');
    await stack.must('it can be removed in the end', ['destroy', '--yes', '--skip-preview']);
    demand('nothing is left', grafana.contents().length === 0, grafana.contents().join());
  });
}

/** A folder and a dashboard that exist already: used as they are, or imported. */
export async function adoption(pulumi: Pulumi, grafana: Grafana, files: string): Promise<void> {
  grafana.addFolder(UID, 'Gateway');
  await pulumi.withStack('existing-folder', async (stack) => {
    const refused = await stack.up();
    demand(
      'a folder that exists already is refused',
      refused.failed && /409/.test(refused.output),
      refused.output,
    );
    await stack.must('what was created can be removed', ['destroy', '--yes', '--skip-preview']);
    await stack.set('existingFolder', 'true');
    await stack.must('with existingFolder the dashboards go into it', ['up', '--yes', '--skip-preview']);
    demand('all six are there', dashboardsIn(grafana).length === 6, grafana.contents().join());
    await stack.must('it can be removed', ['destroy', '--yes', '--skip-preview']);
    demand('the folder stays', grafana.contents().join() === `folder ${UID}`, grafana.contents().join());
  });

  grafana.addDashboard('gateway-relay', UID);
  await pulumi.withStack('import', async (stack) => {
    const file = join(files, 'import.json');
    writeFileSync(file, importFile());
    const args = [
      'import',
      '--file',
      file,
      '--protect=false',
      '--generate-code=false',
      '--yes',
      '--skip-preview',
    ];
    await stack.must('a folder and a dashboard can be imported', args);
    const steps = await stack.planned();
    const created = steps.filter((step) => step.startsWith('create '));
    demand(
      'the next preview creates neither of them, and deletes nothing',
      !created.includes('create gateway-folder') &&
        !created.includes('create gateway-gateway-relay') &&
        steps.every((step) => !/^(delete|replace)/.test(step)),
      steps.join('\n'),
    );
    await stack.must('an update takes them over', ['up', '--yes', '--skip-preview']);
    demand('there are six dashboards', dashboardsIn(grafana).length === 6, grafana.contents().join());
    await stack.must('they can be removed', ['destroy', '--yes', '--skip-preview']);
    demand('nothing is left', grafana.contents().length === 0, grafana.contents().join());
  });
}

/** Wrong credentials, and a contact point that does not exist. Only the real provider notices them. */
export async function credentials(pulumi: Pulumi, grafana: Grafana): Promise<void> {
  const wrong = { GRAFANA_AUTH: 'wrong' };
  await pulumi.withStack('credentials', async (stack) => {
    await stack.must('the first preview does not notice wrong credentials', ['preview'], wrong);
    const refused = await stack.run(['up', '--yes', '--skip-preview'], wrong);
    demand('an update does', refused.failed && /401|[Uu]nauthorized/.test(refused.output), refused.output);
    await stack.must('an update deploys', ['up', '--yes', '--skip-preview']);
    const preview = await stack.run(['preview'], wrong);
    demand('a preview that reads what exists notices them', preview.failed, preview.output);
    const unread = ['up', '--yes', '--skip-preview', '--refresh=false', '--expect-no-changes'];
    await stack.must('an update without reading, which changes nothing, does not', unread, wrong);
    await newToken(stack);

    await stack.set('alertRules', 'true');
    await stack.set('contactPoint', 'missing');
    const missing = await stack.up();
    demand(
      'a contact point that does not exist fails, with its name, after two minutes',
      missing.failed && /contact point missing does not exist/.test(missing.output),
      missing.output,
    );
    await stack.must('what was deployed can be removed', ['destroy', '--yes', '--skip-preview']);
    demand('nothing is left', grafana.contents().length === 0, grafana.contents().join());
  });
}

/** A new token in the stack's configuration: what exists is read with the token of the last update, unless the program is run first. */
async function newToken(stack: Stack): Promise<void> {
  const up = ['up', '--yes', '--skip-preview'];
  // The provider must not find the token in the environment.
  const without = { GRAFANA_AUTH: undefined };
  const set = (token: string) =>
    stack.must('grafana:auth can be set', ['config', 'set', '--secret', 'grafana:auth', token]);
  const refused = async (what: string, args: readonly string[]) => {
    const { failed, output } = await stack.run(args, without);
    demand(what, failed && /401|[Uu]nauthorized/.test(output), output);
  };
  await set(TOKEN);
  await stack.must('an update takes the token from the configuration', [...up, '--run-program'], without);
  await set('wrong');
  await stack.must('a preview does not notice a wrong new token', ['preview'], without);
  await refused('a preview with --run-program does', ['preview', '--run-program']);
  await stack.must('an update that changes nothing stores it', up, without);
  await set(TOKEN);
  await refused('the next update fails, although the token is right again', up);
  await stack.must('with --run-program it does not', [...up, '--run-program'], without);
  await stack.must('nor does the one after that', up, without);
}

import type { Check, Problem } from './check.js';

const ALERT = /^(?:[A-Z][a-z0-9]+){2,}$/;
const RECORD = /^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$/;
const UID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const SEVERITY_WORDS = /(Critical|Warning|Info)$/;

/** What Grafana and the names of our files take; the rest is a matter of style. */
const USABLE = { alert: /^[A-Za-z]\w*$/, record: /^[a-zA-Z_:][\w:]*$/, uid: /^[\w-]{1,40}$/ } as const;
const styleOnly = (usable: RegExp, name: string) => (usable.test(name) ? { houseRule: true as const } : {});

/** Silences, routes and links use names; two rules with the same name cannot be distinguished. */
export const names: Check = {
  id: 'names',
  proves: 'Names of alerts, recorded series, groups, dashboards and panels are well formed and unique.',
  run: ({ bundle }) => {
    const problems: Problem[] = [];
    const seen = new Map<string, string>();
    const unique = (kind: string, name: string, file: string, remedy: string) => {
      const key = `${kind} ${name}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, file);
      else problems.push({ file, subject: name, problem: `the ${kind} already exists, in ${first}`, remedy });
    };
    for (const group of bundle.alertGroups) {
      unique('rule group', group.name, group.file, 'give each file of alerts/ its own group');
      for (const { file, alert } of group.rules) {
        unique('alert', alert, file, 'choose another name');
        if (!ALERT.test(alert) || SEVERITY_WORDS.test(alert)) {
          problems.push({
            file,
            subject: alert,
            problem: 'is not of the form <Component><Symptom> in PascalCase without a severity',
            remedy: 'rename it, for example GatewayPendingWritesStuck',
            ...styleOnly(USABLE.alert, alert),
          });
        }
      }
    }
    for (const group of bundle.recordingGroups) {
      unique('rule group', group.name, group.file, 'give each file of recording-rules/ its own group');
      for (const { file, record, definition } of group.rules) {
        unique('recorded series', record, file, 'choose another name');
        const level = record.split(':')[0] as string;
        const expected = definition.labels.length === 0 ? 'gateway' : definition.labels.join('_');
        if (!RECORD.test(record) || level !== expected) {
          problems.push({
            file,
            subject: record,
            problem: `is not of the form level:metric:operations with the level ${expected}`,
            remedy: 'name the level after the labels of the series, in their order (none: gateway)',
            ...styleOnly(USABLE.record, record),
          });
        }
      }
    }
    for (const { file, definition, rows } of bundle.dashboards) {
      unique('dashboard', definition.uid, file, 'choose another uid');
      if (!UID.test(definition.uid) || definition.uid.length > 40) {
        problems.push({
          file,
          subject: definition.uid,
          problem: 'is not a uid of 1 to 40 lower-case letters, digits and dashes',
          remedy: 'rename it, for example gateway-overview',
          ...styleOnly(USABLE.uid, definition.uid),
        });
      }
      const ids = new Set<number>();
      for (const { definition: panel } of rows.flatMap((row) => row.panels)) {
        const subject = `panel ${panel.id} ${JSON.stringify(panel.title)}`;
        if (!Number.isInteger(panel.id) || panel.id < 1 || ids.has(panel.id)) {
          problems.push({
            file,
            subject,
            problem: 'the panel id is used twice or is not a whole number above 0',
            remedy: 'take the next free number; ids are never reused',
          });
        }
        ids.add(panel.id);
      }
    }
    return problems;
  },
};

import type { WorkloadRow } from '#server/inventory/schemas.ts';
import { principalOf } from './principal.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly note?: string;
}

/** Identities that workloads run with, as a policy names them. */
export function principalChoices(workloads: readonly WorkloadRow[]): readonly Choice[] {
  const users = new Map<string, string[]>();
  for (const { namespace, serviceAccount, name } of workloads) {
    const principal = principalOf(namespace, serviceAccount);
    users.set(principal, [...(users.get(principal) ?? []), name]);
  }
  return [...users].map(([value, names]) => ({ value, label: value.replace(/^[^/]*\/ns\/([^/]+)\/sa\//, '$1/'), note: names.join(', ') })).sort((a, b) => a.label.localeCompare(b.label));
}

/** What a policy of a namespace can be about: all, an app, one version of it; and the labels it has now. */
export function targetChoices(workloads: readonly WorkloadRow[], namespace: string, current: Readonly<Record<string, string>> | null): readonly Choice[] {
  const inside = workloads.filter((workload) => workload.namespace === namespace && workload.app !== '');
  const apps = [...new Set(inside.map(({ app }) => app))].sort();
  const choices = [
    { value: '', label: `Every workload in ${namespace}` },
    ...apps.flatMap((app) => {
      const versions = [...new Set(inside.filter((workload) => workload.app === app && workload.version !== '').map(({ version }) => version))].sort();
      return [{ value: selectorKey({ app }), label: app, note: `app=${app}` }, ...(versions.length < 2 ? [] : versions.map((version) => ({ value: selectorKey({ app, version }), label: `${app} ${version}`, note: `version=${version}` })))];
    }),
  ];
  const key = selectorKey(current);
  return choices.some(({ value }) => value === key) ? choices : [...choices, { value: key, label: Object.entries(current ?? {}).map(([name, value]) => `${name}=${value}`).join(', ') }];
}

/** Labels as one text and back: the value of a choice. */
export function selectorKey(selector: Readonly<Record<string, string>> | null): string {
  return selector === null ? '' : JSON.stringify(Object.fromEntries(Object.entries(selector).sort(([a], [b]) => a.localeCompare(b))));
}
export function selectorOf(key: string): Readonly<Record<string, string>> | null {
  // Safe because only `selectorKey` makes keys.
  return key === '' ? null : (JSON.parse(key) as Record<string, string>);
}

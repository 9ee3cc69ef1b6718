import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';

/** A column of `mesh get`: its title, and where in the object its text is (fields joined by dots; `[]` = every item). */
interface Column {
  readonly title: string;
  readonly path: string;
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Service: [
    { title: 'PORTS', path: 'spec.ports[].port' },
    { title: 'SELECTOR', path: 'spec.selector.app' },
  ],
  WorkloadEntry: [
    { title: 'ADDRESS', path: 'spec.address' },
    { title: 'PORT', path: 'spec.ports.http' },
    { title: 'HEALTHY', path: 'status.conditions[].status' },
  ],
  VirtualService: [
    { title: 'GATEWAYS', path: 'spec.gateways[]' },
    { title: 'HOSTS', path: 'spec.hosts[]' },
  ],
  DestinationRule: [
    { title: 'HOST', path: 'spec.host' },
    { title: 'SUBSETS', path: 'spec.subsets[].name' },
  ],
  Gateway: [{ title: 'HOSTS', path: 'spec.servers[].hosts[]' }],
  ServiceEntry: [
    { title: 'HOSTS', path: 'spec.hosts[]' },
    { title: 'LOCATION', path: 'spec.location' },
    { title: 'RESOLUTION', path: 'spec.resolution' },
  ],
  AuthorizationPolicy: [{ title: 'ACTION', path: 'spec.action' }],
  PeerAuthentication: [{ title: 'MODE', path: 'spec.mtls.mode' }],
  CanaryRollout: [{ title: 'PHASE', path: 'status.phase' }],
  PrometheusRule: [{ title: 'GROUPS', path: 'spec.groups[].name' }],
};

/** The columns of a kind besides namespace, name and age. */
export function columnTitles(kind: string): string[] {
  return (COLUMNS[kind] ?? []).map(({ title }) => title);
}

/** The texts of those columns for one object. */
export function columnTexts(object: KubeObject): string[] {
  return (COLUMNS[object.kind] ?? []).map(({ path }) => valuesAt(object, path.split('.')).map(String).join(','));
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [step, ...rest] = path;
  if (step === undefined) return value === undefined || value === null ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  const many = step.endsWith('[]');
  const next: unknown = Object.entries(value).find(([key]) => key === (many ? step.slice(0, -2) : step))?.[1];
  if (many) return Array.isArray(next) ? next.flatMap((item: unknown) => valuesAt(item, rest)) : [];
  return valuesAt(next, rest);
}

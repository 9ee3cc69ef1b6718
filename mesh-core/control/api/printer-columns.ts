import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { isJsonObject } from './merge-patch.ts';

/** One column of `kubectl get`. Priority 1 shows only with `-o wide`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly description: string;
  readonly priority: 0 | 1;
  readonly cell: (object: KubeObject, now: number) => string | number;
}

/** The columns between NAME and AGE, as Istio's and Kubernetes' own printers show them. */
export function printerColumns(kind: KindInfo): readonly PrinterColumn[] {
  return COLUMNS[kind.id] ?? [];
}

/** Kinds whose age is among their columns, or that show none. */
export function endsWithAge(kind: KindInfo): boolean {
  return !['Event', 'CustomResourceDefinition'].includes(kind.id);
}

/** The AGE column nearly every kind ends with. */
export const AGE_COLUMN: PrinterColumn = column('Age', 'Time since the object was created.', (object, now) => ageText(object.metadata.creationTimestamp, now));

/** A duration as kubectl prints it: two units at most, from `12s` over `3m20s` and `5h` to `2y35d`; `<unknown>` without a time. */
export function ageText(timestamp: unknown, now: number): string {
  const from = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(from)) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now - from) / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return days < 2920 ? pair(Math.floor(days / 365), 'y', days % 365, 'd') : `${Math.floor(days / 365)}y`;
}

const COLUMNS: Readonly<Record<string, readonly PrinterColumn[]>> = {
  Namespace: [column('Status', 'Phase of the namespace.', (object) => at(object, 'status.phase'))],
  Service: [
    column('Type', 'How the service is reached.', (object) => at(object, 'spec.type') || 'ClusterIP'),
    column('Cluster-IP', 'Virtual address.', (object) => at(object, 'spec.clusterIP') || 'None'),
    column('External-IP', 'Address from outside.', () => '<none>'),
    column('Port(s)', 'Ports callers use.', (object) => list(object, 'spec.ports').map((port) => `${at(port, 'port')}/${at(port, 'protocol') || 'TCP'}`).join(',') || '<none>'),
    column('Selector', 'Labels of the workloads behind it.', (object) => Object.entries(record(object, 'spec.selector')).map(([key, value]) => `${key}=${String(value)}`).join(',') || '<none>', 1),
  ],
  ConfigMap: [{ ...column('Data', 'Number of keys.', (object) => Object.keys(record(object, 'data')).length), type: 'integer' }],
  Event: [
    column('Last Seen', 'Time since it happened last.', (object, now) => ageText(at(object, 'lastTimestamp') || at(object, 'eventTime') || object.metadata.creationTimestamp, now)),
    column('Type', 'Normal or Warning.', (object) => at(object, 'type')),
    column('Reason', 'One word why.', (object) => at(object, 'reason')),
    column('Object', 'What it is about.', (object) => `${at(object, 'involvedObject.kind').toLowerCase()}/${at(object, 'involvedObject.name')}`),
    column('Message', 'What happened.', (object) => at(object, 'message').trim()),
  ],
  WorkloadEntry: [
    column('Address', 'Address of the workload.', (object) => at(object, 'spec.address')),
    column('Healthy', 'Answers its health probe.', (object) => list(object, 'status.conditions').filter((condition) => at(condition, 'type') === 'Healthy').map((condition) => at(condition, 'status')).join('') || '<unknown>', 1),
  ],
  VirtualService: [
    column('Gateways', 'Gateways it applies to.', (object) => names(object, 'spec.gateways')),
    column('Hosts', 'Hosts it routes.', (object) => names(object, 'spec.hosts')),
  ],
  DestinationRule: [column('Host', 'Host it applies to.', (object) => at(object, 'spec.host'))],
  Gateway: [column('Hosts', 'Hosts it accepts.', (object) => list(object, 'spec.servers').map((server) => list(server, 'hosts').join(',')).join(','), 1)],
  ServiceEntry: [
    column('Hosts', 'Hosts it adds.', (object) => names(object, 'spec.hosts')),
    column('Location', 'Inside or outside the mesh.', (object) => at(object, 'spec.location')),
    column('Resolution', 'How endpoints are found.', (object) => at(object, 'spec.resolution')),
  ],
  AuthorizationPolicy: [column('Action', 'What it does with a match.', (object) => at(object, 'spec.action') || 'ALLOW')],
  PeerAuthentication: [column('Mode', 'Mutual TLS mode.', (object) => at(object, 'spec.mtls.mode'))],
  CanaryRollout: [
    column('Host', 'Service that is rolled out.', (object) => at(object, 'spec.host')),
    column('Phase', 'Where the rollout is.', (object) => at(object, 'status.phase') || 'Pending'),
    { ...column('Weight', 'Share of the canary, percent.', (object) => at(object, 'status.weight') || '0'), type: 'string' },
    column('Message', 'Why it is there.', (object) => at(object, 'status.message'), 1),
  ],
  Secret: [column('Type', 'What the secret is for.', (object) => at(object, 'type')), { ...column('Data', 'Number of keys.', (object) => Object.keys(record(object, 'data')).length), type: 'integer' }],
  Lease: [column('Holder', 'Who holds it.', (object) => at(object, 'spec.holderIdentity'))],
  RoleBinding: [column('Role', 'The role that is given.', roleOf)],
  ClusterRoleBinding: [column('Role', 'The role that is given.', roleOf)],
  Endpoints: [column('Endpoints', 'Addresses behind the service.', endpointAddresses)],
  EndpointSlice: [
    column('AddressType', 'Family of the addresses.', (object) => at(object, 'addressType')),
    column('Ports', 'Ports of the addresses.', (object) => list(object, 'ports').map((port) => at(port, 'port')).join(',') || '<unset>'),
    column('Endpoints', 'Addresses behind the service.', (object) => firstOf(list(object, 'endpoints').flatMap((endpoint) => list(endpoint, 'addresses').map(String))) || '<unset>'),
  ],
  CustomResourceDefinition: [column('Created At', 'When it was made.', (object) => object.metadata.creationTimestamp ?? '')],
  WorkloadGroup: [column('Service Account', 'Identity of its workloads.', (object) => at(object, 'spec.template.serviceAccount'), 1)],
  K8sGateway: [
    column('Class', 'Class of the gateway.', (object) => at(object, 'spec.gatewayClassName')),
    column('Address', 'Where it is reached.', (object) => list(object, 'status.addresses').map((address) => at(address, 'value')).join(',')),
    column('Programmed', 'Is its configuration in force?', (object) => conditionOf(object, 'Programmed')),
  ],
  GatewayClass: [
    column('Controller', 'Who serves the class.', (object) => at(object, 'spec.controllerName')),
    column('Accepted', 'Does the controller take it?', (object) => conditionOf(object, 'Accepted')),
    column('Description', 'What it is for.', (object) => at(object, 'spec.description'), 1),
  ],
  ListenerSet: [column('Accepted', 'Does the gateway take it?', (object) => conditionOf(object, 'Accepted')), column('Programmed', 'Is its configuration in force?', (object) => conditionOf(object, 'Programmed'))],
  GRPCRoute: [column('Hostnames', 'Hosts it routes.', (object) => names(object, 'spec.hostnames'))],
  HTTPRoute: [column('Hostnames', 'Hosts it routes.', (object) => names(object, 'spec.hostnames'))],
  RateLimitPolicy: [column('Accepted', 'Is it in force?', (object) => conditionOf(object, 'Accepted'), 1)],
  PrometheusRule: [column('Groups', 'Groups of rules.', (object) => list(object, 'spec.groups').map((group) => at(group, 'name')).join(','))],
};

function conditionOf(object: KubeObject, type: string): string {
  return list(object, 'status.conditions').filter((condition) => at(condition, 'type') === type).map((condition) => at(condition, 'status')).join('');
}

function roleOf(object: KubeObject): string {
  return `${at(object, 'roleRef.kind')}/${at(object, 'roleRef.name')}`;
}

function endpointAddresses(object: KubeObject): string {
  return firstOf(list(object, 'subsets').flatMap((subset) => list(subset, 'addresses').flatMap((address) => list(subset, 'ports').map((port) => `${at(address, 'ip')}:${at(port, 'port')}`)))) || '<none>';
}

/** Three of a list, as kubectl's own printers show it. */
function firstOf(items: readonly string[]): string {
  return items.length <= 3 ? items.join(',') : `${items.slice(0, 3).join(',')} + ${items.length - 3} more...`;
}

function column(name: string, description: string, cell: PrinterColumn['cell'], priority: 0 | 1 = 0): PrinterColumn {
  return { name, type: 'string', description, priority, cell };
}

function dig(value: unknown, path: string): unknown {
  return path.split('.').reduce((current, key) => (isJsonObject(current) ? current[key] : undefined), value);
}

function at(value: unknown, path: string): string {
  const found = dig(value, path);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

function list(value: unknown, path: string): readonly unknown[] {
  const found = dig(value, path);
  return Array.isArray(found) ? found : [];
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  const found = dig(value, path);
  return isJsonObject(found) ? found : {};
}

/** A list as Istio's printer shows it: JSON, `["catalog"]`; nothing when empty. */
function names(value: unknown, path: string): string {
  const found = list(value, path);
  return found.length === 0 ? '' : JSON.stringify(found);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

import type { GatewayClass, KubeGateway, KubeHttpRoute, ReferenceGrant } from '../../gateway-api.ts';
import { selectorPicks, type LabelSelector } from '../../label-selector-object.ts';
import type { Report } from '../analysis-message.ts';
import { closestFix } from './closest-name.ts';
import { kia } from './codes.ts';
import { namesOf, placeOf, type KialiMesh } from './kiali-mesh.ts';

const GROUP = 'gateway.networking.k8s.io';

/** Gateway API: KIA1401, 1402, 1501 to 1504, 1601. Source: kiali business/checkers/{k8sgateways,k8shttproutes,k8sgrpcroutes,k8sreferencegrants}. */
export function checkGatewayApi(mesh: KialiMesh, report: Report): void {
  const gateways = mesh.input.all<KubeGateway>('K8sGateway');
  const classes = mesh.input.all<GatewayClass>('GatewayClass').map(({ metadata }) => metadata.name);
  for (const gateway of gateways) {
    const name = gateway.spec?.gatewayClassName ?? '';
    if (classes.length > 0 && !classes.includes(name)) report(gateway, kia('KIA1504', name), { path: 'spec.gatewayClassName', ...closestFix(name, classes, ['spec', 'gatewayClassName']) });
    checkAddresses(gateway, gateways, report);
    checkListeners(gateway, gateways, report);
  }
  // The two kinds of routes have the same fields for parents and backends.
  for (const kind of ['HTTPRoute', 'GRPCRoute']) for (const route of mesh.input.all<KubeHttpRoute>(kind)) checkRoute(mesh, kind, route, report);
  for (const grant of mesh.input.all<ReferenceGrant>('ReferenceGrant')) {
    for (const [i, { namespace }] of (grant.spec?.from ?? []).entries()) if (!mesh.namespaces.has(namespace)) report(grant, kia('KIA1601', namespace), { path: `spec.from[${i}].namespace`, apart: true, ...closestFix(namespace, mesh.namespaces, ['spec', 'from', i, 'namespace']) });
  }
}

function checkAddresses(gateway: KubeGateway, gateways: readonly KubeGateway[], report: Report): void {
  for (const [i, { type, value }] of (gateway.spec?.addresses ?? []).entries()) {
    if (type === undefined || value === undefined || value === '') continue;
    const others = gateways.filter((other) => other !== gateway && (other.spec?.addresses ?? []).some((address) => address.type === type && address.value === value));
    if (others.length > 0) report(gateway, kia('KIA1502', namesOf(others)), { path: `spec.addresses[${i}].value`, apart: true });
  }
}

function checkListeners(gateway: KubeGateway, gateways: readonly KubeGateway[], report: Report): void {
  const listeners = gateway.spec?.listeners ?? [];
  for (const [i, { hostname, port, protocol }] of listeners.entries()) {
    if (hostname === undefined) continue;
    const isSame = (other: (typeof listeners)[number]): boolean => other.hostname === hostname && other.port === port && other.protocol === protocol;
    const others = gateways.filter((other) => other !== gateway && (other.spec?.listeners ?? []).some(isSame));
    if (others.length > 0) report(gateway, kia('KIA1501', namesOf(others)), { path: `spec.listeners[${i}].hostname`, apart: true });
    if (listeners.some((other, j) => j !== i && isSame(other))) report(gateway, kia('KIA1503'), { path: `spec.listeners[${i}].name`, apart: true });
  }
}

function checkRoute(mesh: KialiMesh, kind: string, route: KubeHttpRoute, report: Report): void {
  const own = placeOf(route);
  for (const [i, parent] of (route.spec?.parentRefs ?? []).entries()) {
    const namespace = parent.namespace ?? own;
    const at = { path: `spec.parentRefs[${i}].name`, apart: true } as const;
    if ((parent.kind ?? 'Gateway') === 'Gateway' && (parent.group ?? GROUP) === GROUP) {
      const gateway = mesh.input.find<KubeGateway>('K8sGateway', namespace, parent.name);
      const known = mesh.input.all<KubeGateway>('K8sGateway').filter((candidate) => placeOf(candidate) === namespace).map(({ metadata }) => metadata.name);
      if (gateway === undefined || (namespace !== own && !letsIn(mesh, gateway, own))) report(route, kia('KIA1401', `${namespace}/${parent.name}`), { ...at, ...(gateway === undefined ? closestFix(parent.name, known, ['spec', 'parentRefs', i, 'name']) : {}) });
    } else if (parent.kind === 'Service' && !refersTo(mesh, kind, own, namespace, parent.name)) report(route, kia('KIA1402', `${namespace}/${parent.name}`), at);
  }
  for (const [i, { backendRefs = [] }] of (route.spec?.rules ?? []).entries()) {
    for (const [j, backend] of backendRefs.entries()) {
      const namespace = backend.namespace ?? own;
      if ((backend.kind ?? 'Service') !== 'Service' || (backend.group ?? '') !== '' || refersTo(mesh, kind, own, namespace, backend.name)) continue;
      const known = mesh.input.all('Service').filter((service) => placeOf(service) === namespace).map(({ metadata }) => metadata.name);
      report(route, kia('KIA1402', `${namespace}/${backend.name}`), { path: `spec.rules[${i}].backendRefs[${j}].name`, apart: true, ...closestFix(backend.name, known, ['spec', 'rules', i, 'backendRefs', j, 'name']) });
    }
  }
}

/** Does any listener let routes of a namespace in? */
function letsIn(mesh: KialiMesh, gateway: KubeGateway, namespace: string): boolean {
  return (gateway.spec?.listeners ?? []).some(({ allowedRoutes }) => {
    const { from, selector } = allowedRoutes?.namespaces ?? {};
    // Safe: the schema of gateways was checked.
    return from === 'All' || (from === 'Selector' && selector !== undefined && selectorPicks(selector as LabelSelector, { 'kubernetes.io/metadata.name': namespace, ...mesh.labelsOf(namespace) }));
  });
}

/** Is there such a service, and may a route of another namespace refer to it? */
function refersTo(mesh: KialiMesh, kind: string, from: string, namespace: string, name: string): boolean {
  if (name.includes('.') || mesh.service(namespace, name) === undefined) return false;
  if (from === namespace) return true;
  return mesh.input.all<ReferenceGrant>('ReferenceGrant').some((grant) => placeOf(grant) === namespace && (grant.spec?.from ?? []).some((source) => source.namespace === from && source.kind === kind) && (grant.spec?.to ?? []).some((target) => target.kind === 'Service'));
}

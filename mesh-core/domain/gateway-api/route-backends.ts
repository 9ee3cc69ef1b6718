import type { BackendReference, HttpRouteFilter } from '../resources/gateway-api.ts';
import { serviceFqdn } from '../resources/host-name.ts';
import type { Destination, HTTPRouteDestination, Headers } from '../resources/networking.ts';
import type { ConfigError } from './conditions.ts';
import { PICKER_LABELS, inferencePoolService } from './inference-pools.ts';
import { headerOperations } from './header-filter.ts';
import { REF, kindName, referencedKind } from './object-reference.ts';
import { hasService } from './route-context.ts';
import type { RouteContext } from './route-context.ts';

/** Whose backend it is. */
export interface BackendScope {
  readonly context: RouteContext;
  readonly namespace: string;
  /** `group/kind` of the route. */
  readonly routeKind: string;
  /** Routes of the mesh need no ReferenceGrant. */
  readonly needsGrant: boolean;
}
/**
 * A destination with a warning: the backend is not good, and gets the share of requests that fail with 500; or an error
 * for which the whole rule is refused.
 */
export type BackendResult = { readonly destination: Destination; readonly warning?: ConfigError | undefined } | { readonly error: ConfigError };
export type BackendsResult<T> = { readonly destinations: readonly T[]; readonly warning: ConfigError | undefined } | { readonly error: ConfigError };

/** No host: a request that is sent here is answered 500. */
const NOWHERE: Destination = { host: '' };

/** The destination of a backend reference. Source: istiod's buildDestination. */
export function backendDestination(reference: BackendReference, scope: BackendScope): BackendResult {
  const { context } = scope;
  const kind = referencedKind(reference, REF.service);
  const { name } = reference;
  const namespace = reference.namespace ?? scope.namespace;
  if (scope.needsGrant && namespace !== scope.namespace && !context.isGranted({ kind: scope.routeKind, namespace: scope.namespace }, { kind, namespace, name })) {
    return { destination: NOWHERE, warning: { reason: 'RefNotPermitted', message: `backendRef ${name}/${namespace} not accessible to a ${kindName(scope.routeKind)} in namespace "${scope.namespace}" (missing a ReferenceGrant?)` } };
  }
  const missing = (what: string): ConfigError => ({ reason: 'BackendNotFound', message: `backend(${what}) not found` });
  const invalid = (message: string): BackendResult => ({ error: { reason: 'InvalidDestination', message } });
  const at = (host: string, exists: boolean): BackendResult =>
    reference.port === undefined ? invalid('port is required in backendRef') : { destination: { host, port: { number: reference.port } }, warning: exists ? undefined : missing(host) };
  switch (kind) {
    case REF.service:
      if (name.includes('.')) return invalid('service name invalid; the name of the Service must be used, not the hostname.');
      return at(serviceFqdn(name, namespace, context.clusterDomain), context.services.has(`${namespace}/${name}`));
    case REF.serviceImport:
      return at(serviceFqdn(name, namespace, context.clusterDomain), context.services.has(`${namespace}/${name}`));
    case REF.hostname:
      if (reference.namespace !== undefined) return invalid('namespace may not be set with Hostname type');
      return at(name, hasService(context, name, namespace));
    case REF.backend:
      return externalBackend(reference, namespace, context, missing);
    case REF.inferencePool:
      return poolBackend(name, namespace, context, missing);
    default:
      return { destination: NOWHERE, warning: { reason: 'InvalidKind', message: `referencing unsupported backendRef: group "${reference.group ?? ''}" kind "${reference.kind ?? ''}"` } };
  }
}

function externalBackend({ name, port }: BackendReference, namespace: string, context: RouteContext, missing: (what: string) => ConfigError): BackendResult {
  const spec = context.backends.get(`${namespace}/${name}`)?.spec;
  if (spec === undefined) return { destination: NOWHERE, warning: missing(name) };
  const hostname = spec.externalHostname?.hostname;
  if (spec.type !== 'ExternalHostname' || hostname === undefined) return { destination: NOWHERE, warning: { reason: 'InvalidKind', message: `backend(${name}) type: expected ExternalHostname, got ${spec.type ?? ''}` } };
  const declared = spec.port?.port ?? 0;
  if (port !== undefined && port !== declared) return { destination: NOWHERE, warning: { reason: 'BackendNotFound', message: `backend(${name}) does not expose port ${port}, expected ${declared}` } };
  return { destination: { host: hostname, port: { number: declared } }, warning: hasService(context, hostname, namespace) ? undefined : missing(hostname) };
}

/** The Service that stands for a pool; its first port reaches all of the pool's. */
function poolBackend(name: string, namespace: string, { inferencePools, findServices, clusterDomain }: RouteContext, missing: (what: string) => ConfigError): BackendResult {
  if (inferencePools === undefined) return { destination: NOWHERE, warning: { reason: 'InvalidKind', message: 'InferencePool is not enabled. To enable, set ENABLE_GATEWAY_API_INFERENCE_EXTENSION to true in istiod' } };
  if (name.includes('.')) return { error: { reason: 'InvalidDestination', message: 'InferencePool.Name invalid; the name of the InferencePool must be used, not the hostname.' } };
  if (!inferencePools.has(`${namespace}/${name}`)) return { destination: NOWHERE, warning: missing(name) };
  const hostname = serviceFqdn(inferencePoolService(name), namespace, clusterDomain);
  const service = findServices(hostname).find((candidate) => candidate.namespace === namespace);
  if (service === undefined) return { destination: NOWHERE, warning: missing(hostname) };
  if (!PICKER_LABELS.every((label) => Boolean(service.labels[label]))) return { error: { reason: 'InvalidDestination', message: 'InferencePool service invalid, extensionRef labels not found' } };
  return { destination: { host: hostname, port: { number: service.ports[0] ?? 0 } } };
}

/** How many parts all backends take together; 0 = none is to be used. */
export function totalWeight(references: readonly BackendReference[]): number {
  return references.reduce((sum, { weight = 1 }) => sum + weight, 0);
}

/** The destinations of a rule that matches HTTP; the last bad backend gives the warning. */
export function httpDestinations(references: readonly BackendReference[], scope: BackendScope): BackendsResult<HTTPRouteDestination> {
  return destinationsOf(references, scope, (reference) => {
    let headers: Headers = {};
    for (const filter of reference.filters ?? []) {
      const result = backendHeaders(filter);
      if ('error' in result) return result;
      headers = { ...headers, ...result };
    }
    return Object.keys(headers).length === 0 ? {} : { headers };
  });
}

/** The destinations of a rule for streams. */
export function streamDestinations(references: readonly BackendReference[], scope: BackendScope): BackendsResult<HTTPRouteDestination> {
  return destinationsOf(references, scope, () => ({}));
}

function backendHeaders(filter: HttpRouteFilter): Headers | { readonly error: ConfigError } {
  switch (filter.type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier': {
      const isRequest = filter.type === 'RequestHeaderModifier';
      const operations = headerOperations(isRequest ? filter.requestHeaderModifier : filter.responseHeaderModifier);
      if (operations === undefined) return {};
      if ('error' in operations) return operations;
      return isRequest ? { request: operations.operations } : { response: operations.operations };
    }
    default:
      return { error: { reason: 'InvalidFilter', message: `unsupported filter type "${filter.type ?? ''}"` } };
  }
}

function destinationsOf(references: readonly BackendReference[], scope: BackendScope, extrasOf: (reference: BackendReference) => Pick<HTTPRouteDestination, 'headers'> | { readonly error: ConfigError }): BackendsResult<HTTPRouteDestination> {
  const used = references.filter(({ weight = 1 }) => weight !== 0);
  const destinations: HTTPRouteDestination[] = [];
  let warning: ConfigError | undefined;
  for (const reference of used) {
    const backend = backendDestination(reference, scope);
    if ('error' in backend) return backend;
    warning = backend.warning ?? warning;
    const extras = extrasOf(reference);
    if ('error' in extras) return extras;
    // The only destination needs no weight.
    destinations.push({ destination: backend.destination, ...(used.length === 1 ? undefined : { weight: reference.weight ?? 1 }), ...extras });
  }
  return { destinations, warning };
}

import type { Any, HttpFilter } from '../envoy/resources.ts';
import { HTTP_RBAC, JWT_AUTHN, NETWORK_RBAC, SECURITY_TYPE_URLS } from '../envoy/security-filters.ts';
import type { ProxyContext } from './proxy-context.ts';
import { policiesFor } from './policy-attachment.ts';
import { jwtFilter } from './request-authentication.ts';
import { httpAuthorization, tcpAuthorization } from './translate-authorization.ts';
import type { AuthorizationMesh } from './translate-authorization.ts';

/** The filters that a workload's policies ask for, for the chains towards its app (or of a gateway). */
export interface ProxyPolicies {
  /** In istiod's order: CUSTOM, JWT, AUDIT, DENY, ALLOW; they come before fault, CORS and the router. */
  readonly http: readonly HttpFilter[];
  /** On a connection that is not read as HTTP, before the TCP proxy. */
  readonly tcp: readonly { readonly name: string; readonly typedConfig: Any }[];
}

/** A workload's policies as filters. Source: istiod's authz and authn builders, in the order of buildHTTPConnectionManager. */
export function proxyPolicies({ snapshot, node, registry }: ProxyContext): ProxyPolicies {
  const { rootNamespace } = snapshot.mesh;
  const policies = policiesFor(snapshot.authorizationPolicies, node, rootNamespace);
  const mesh: AuthorizationMesh = { ...snapshot.mesh, services: registry.services };
  const http = httpAuthorization(policies, mesh);
  const tcp = tcpAuthorization(policies, mesh);
  const jwt = jwtFilter(policiesFor(snapshot.requestAuthentications, node, rootNamespace), { routesByClaims: node.type === 'router', ...(snapshot.fetchedKeys === undefined ? undefined : { keys: snapshot.fetchedKeys }) });
  return {
    http: [...http.custom.map(named), ...(jwt === undefined ? [] : [named(jwt)]), ...http.rules.map(named)],
    tcp: [...tcp.custom, ...tcp.rules].map(named),
  };
}

const NAMES: Readonly<Record<string, string>> = {
  [SECURITY_TYPE_URLS.networkRbac]: NETWORK_RBAC,
  [SECURITY_TYPE_URLS.extAuthz]: 'envoy.filters.http.ext_authz',
  [SECURITY_TYPE_URLS.networkExtAuthz]: 'envoy.filters.network.ext_authz',
  [SECURITY_TYPE_URLS.jwtAuthn]: JWT_AUTHN,
};

/** A configuration as the filter of its kind. */
function named(config: { readonly '@type': string }): { readonly name: string; readonly typedConfig: Any } {
  return { name: NAMES[config['@type']] ?? HTTP_RBAC, typedConfig: { ...config } };
}

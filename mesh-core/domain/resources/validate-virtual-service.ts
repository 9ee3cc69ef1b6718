import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { hostMatches, hostSubsetOf } from './host-name.ts';
import type { L4Match, TCPRoute, TLSRoute, VirtualServiceSpec } from './networking.ts';
import { gatewayDomainProblem, wildcardDomainProblem } from './rules/dns-name.ts';
import { checkExportTo } from './rules/export-to.ts';
import { checkGatewayNames } from './rules/gateway-names.ts';
import { isJwtClaimHeader } from './rules/header-rules.ts';
import { isCidr, isIpAddress } from './rules/ip-address.ts';
import { checkLabels } from './rules/label-rules.ts';
import { checkPort } from './rules/port-rules.ts';
import { findUnreachableRules } from './unreachable-rules.ts';
import { checkWeightedDestinations } from './validate-destination.ts';
import { checkHttpRoute } from './validate-http-route.ts';

/**
 * istiod's rules for a VirtualService; `converted`: it was made from an HTTPRoute, whose names may have dots. Source:
 * istio/istio pkg/config/validation/validation.go (ValidateVirtualService) and virtualservice.go.
 */
export function validateVirtualService(spec: VirtualServiceSpec, { namespace, converted }: { readonly namespace: string; readonly converted: boolean }, issues: IssueSink): void {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec;
  const delegate = hosts.length === 0;
  if (delegate) checkDelegate(spec, issues);
  checkGatewayNames(gateways, 'spec.gateways', issues, converted);
  const onlyAtGateways = gateways.length > 0 && !gateways.includes('mesh');
  checkHosts(spec, onlyAtGateways, issues);
  if (!onlyAtGateways) checkClaimRouting(spec, issues);
  if (http.length + tls.length + tcp.length === 0) issues.error('spec', 'there is no route', { expected: 'http, tls or tcp' });
  for (const [index, route] of http.entries()) checkHttpRoute(route, { delegate, converted }, joinPath('spec.http', index), issues);
  for (const [index, route] of tls.entries()) checkTlsRoute(route, spec, { onlyAtGateways, converted }, joinPath('spec.tls', index), issues);
  for (const [index, route] of tcp.entries()) checkTcpRoute(route, converted, joinPath('spec.tcp', index), issues);
  checkExportTo(spec.exportTo, { namespace }, 'spec.exportTo', issues);
  findUnreachableRules(spec, issues);
}

function checkDelegate(spec: VirtualServiceSpec, issues: IssueSink): void {
  for (const field of ['gateways', 'tls', 'tcp'] as const) {
    if ((spec[field]?.length ?? 0) > 0) issues.error(joinPath('spec', field), `a VirtualService without hosts is a delegate and has no ${field}`, { expected: 'hosts, or only http' });
  }
}

function checkHosts(spec: VirtualServiceSpec, onlyAtGateways: boolean, issues: IssueSink): void {
  const hosts = spec.hosts ?? [];
  const serverNames = (spec.tls ?? []).some((route: Partial<TLSRoute>) => (route.match ?? []).some((match: Partial<TLSMatch>) => (match.sniHosts ?? []).length > 0));
  let allValid = true;
  for (const [index, host] of hosts.entries()) {
    const problem = onlyAtGateways ? gatewayDomainProblem(host, serverNames) : wildcardDomainProblem(host);
    const everyHost = host === '*' && !onlyAtGateways;
    if (everyHost) issues.error(joinPath('spec.hosts', index), "host '*' is not for sidecars, only for gateways", { expected: 'gateways without mesh, or a narrower host' });
    else if (problem !== undefined && !isIpAddress(host)) issues.error(joinPath('spec.hosts', index), problem, { expected: 'a service name, a host, or *.domain' });
    else continue;
    allValid = false;
  }
  if (!allValid) return;
  for (const [index, host] of hosts.entries()) {
    const earlier = hosts.slice(0, index).find((other) => hostMatches(other, host));
    if (earlier !== undefined) issues.error(joinPath('spec.hosts', index), `host ${JSON.stringify(host)} overlaps with ${JSON.stringify(earlier)}`, { expected: 'hosts that do not overlap' });
  }
}

function checkClaimRouting(spec: VirtualServiceSpec, issues: IssueSink): void {
  for (const [routeIndex, route] of (spec.http ?? []).entries()) {
    for (const [matchIndex, match] of (route.match ?? []).entries()) {
      for (const field of ['headers', 'withoutHeaders'] as const) {
        for (const name of Object.keys(match[field] ?? {}).filter(isJwtClaimHeader)) {
          issues.error(joinPath(`spec.http[${routeIndex}].match[${matchIndex}].${field}`, name), 'routing by token claims only works at gateways', { expected: 'gateways without mesh' });
        }
      }
    }
  }
}

type TLSMatch = TLSRoute['match'][number];

function checkTlsRoute(route: Partial<TLSRoute>, spec: VirtualServiceSpec, { onlyAtGateways, converted }: { readonly onlyAtGateways: boolean; readonly converted: boolean }, path: string, issues: IssueSink): void {
  const matches: readonly Partial<TLSMatch>[] = route.match ?? [];
  if (matches.length === 0) issues.error(`${path}.match`, 'TLS route must have at least one match condition', { expected: 'sniHosts' });
  for (const [index, match] of matches.entries()) {
    const place = joinPath(`${path}.match`, index);
    const { sniHosts = [] } = match;
    if (sniHosts.length === 0) issues.error(`${place}.sniHosts`, 'TLS match must have at least one SNI host', { expected: 'a host' });
    for (const [hostIndex, host] of sniHosts.entries()) checkServerName(host, spec, onlyAtGateways, joinPath(`${place}.sniHosts`, hostIndex), issues);
    checkL4Match(match, place, issues);
  }
  checkRouteDestinations(route, converted, path, issues);
}

function checkServerName(host: string, spec: VirtualServiceSpec, onlyAtGateways: boolean, path: string, issues: IssueSink): void {
  const problem = onlyAtGateways ? gatewayDomainProblem(host, true) : wildcardDomainProblem(host);
  if (problem !== undefined) {
    if (isIpAddress(host)) issues.warn(path, 'an IP address is no server name, and most clients do not send it', { expected: 'a host name', code: 'IST0133' });
    else issues.error(path, problem, { expected: 'a host' });
  } else if (!(spec.hosts ?? []).some((own) => hostSubsetOf(host, own))) {
    issues.error(path, `${JSON.stringify(host)} is not among the hosts of this VirtualService`, { expected: `a host within ${(spec.hosts ?? []).join(', ')}` });
  }
}

function checkTcpRoute(route: TCPRoute, converted: boolean, path: string, issues: IssueSink): void {
  for (const [index, match] of (route.match ?? []).entries()) checkL4Match(match, joinPath(`${path}.match`, index), issues);
  checkRouteDestinations(route, converted, path, issues);
}

function checkRouteDestinations(route: Pick<TLSRoute | TCPRoute, 'route'>, converted: boolean, path: string, issues: IssueSink): void {
  if ((route.route?.length ?? 0) === 0) issues.error(`${path}.route`, 'a route needs a destination', { expected: 'route' });
  checkWeightedDestinations(route.route, `${path}.route`, converted, issues);
}

function checkL4Match(match: L4Match, path: string, issues: IssueSink): void {
  for (const [index, subnet] of (match.destinationSubnets ?? []).entries()) {
    if (!(subnet.includes('/') ? isCidr(subnet) : isIpAddress(subnet))) issues.error(joinPath(`${path}.destinationSubnets`, index), `${JSON.stringify(subnet)} is not an address`, { expected: 'an IP or CIDR' });
  }
  if (match.port !== 0) checkPort(match.port, `${path}.port`, issues);
  checkLabels(match.sourceLabels, `${path}.sourceLabels`, issues);
  checkGatewayNames(match.gateways, `${path}.gateways`, issues);
}

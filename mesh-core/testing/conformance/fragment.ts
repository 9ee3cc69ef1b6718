import type { KubeObject } from '../../domain/resources/kube-object.ts';
import type { Verdict } from './verdict.ts';

/** A part of an object, with the place where it sits in a whole one. */
export interface FragmentCase {
  readonly id: string;
  readonly name: string;
  readonly message: string;
  readonly sitsAt: string;
  readonly value: never;
  readonly bind?: string;
  readonly expect: Verdict;
}

const destination = { host: 'foo.bar' };
const virtualService = (http: object, hosts: readonly string[] = ['foo.bar']): KubeObject => wrap('VirtualService', { ...(hosts.length === 0 ? {} : { hosts }), http: [http] });
const forwarding = (fields: object): KubeObject => virtualService({ route: [{ destination }], ...fields });
const destinationRule = (trafficPolicy: object): KubeObject => wrap('DestinationRule', { host: 'foo.bar', trafficPolicy });
const gateway = (server: object): KubeObject => wrap('Gateway', { servers: [server] });

function wrap(kind: string, spec: object): KubeObject {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'name', namespace: 'namespace' }, spec };
}

/**
 * A whole object around a fragment, valid but for the fragment; undefined for a fragment that no kind holds. A null
 * fragment is a Go nil, which in YAML is a field left out.
 */
export function objectAround(item: FragmentCase): KubeObject | undefined {
  const { message, sitsAt } = item;
  const value = item.value ?? (undefined as never);
  switch (message) {
    case 'networking.ServerTLSSettings':
      return gateway({ hosts: ['foo.bar.com'], port: { number: 443, name: 'https', protocol: 'HTTPS' }, tls: value });
    case 'networking.Server':
      return gateway(value);
    case 'networking.Port':
      return gateway({ hosts: ['foo.bar.com'], port: value, ...(item.bind ? { bind: item.bind } : {}) });
    case 'networking.HTTPRoute':
      return virtualService(value, sitsAt.includes('(no hosts)') ? [] : ['foo.bar']);
    case 'networking.HTTPDirectResponse':
      return virtualService(value === undefined ? { route: [{ destination }] } : { directResponse: value });
    case 'networking.HTTPRedirect':
      return virtualService(value === undefined ? { route: [{ destination }] } : { redirect: value });
    case 'networking.HTTPFaultInjection.Abort':
      return forwarding(value === undefined ? {} : { fault: { abort: value } });
    case 'networking.HTTPFaultInjection.Delay':
      return forwarding(value === undefined ? {} : { fault: { delay: value } });
    case 'networking.HTTPRetry':
      return forwarding({ retries: value });
    case 'networking.HTTPRewrite':
      return forwarding({ rewrite: value });
    case 'networking.RegexRewrite':
      return forwarding({ rewrite: value === undefined ? { uri: '/' } : { uriRegexRewrite: value } });
    case 'networking.CorsPolicy':
      return forwarding({ corsPolicy: value });
    case 'networking.Destination':
      return virtualService({ route: [{ destination: value }] });
    case '[]networking.RouteDestination':
      return wrap('VirtualService', { hosts: ['foo.bar'], tcp: [{ route: value }] });
    case 'networking.ConnectionPoolSettings':
      return destinationRule({ connectionPool: value });
    case 'networking.OutlierDetection':
      return destinationRule({ outlierDetection: value });
    case 'networking.LoadBalancerSettings':
      return destinationRule({ loadBalancer: value });
    case 'networking.TrafficPolicy':
      return destinationRule(value);
    case 'telemetry.AccessLogging.Filter':
      return { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: { name: 'name', namespace: 'namespace' }, spec: { accessLogging: [{ filter: value }] } };
    case 'exportTo':
      return exportTo(item);
    case 'string':
      return text(sitsAt, value);
    default:
      return undefined;
  }
}

interface ExportTo {
  readonly namespace?: string;
  readonly exportTo?: readonly string[];
  readonly isServiceEntry?: boolean;
  readonly isDestinationRuleWithSelector?: boolean;
}
function exportTo(item: FragmentCase): KubeObject {
  const { namespace = 'ns5', exportTo: list, isServiceEntry, isDestinationRuleWithSelector } = (Array.isArray(item.value) ? { exportTo: item.value, ...item } : item.value) as ExportTo;
  const metadata = { name: 'name', namespace };
  if (isServiceEntry === true) return { ...wrap('ServiceEntry', { hosts: ['foo.bar'], resolution: 'DNS', exportTo: list }), metadata };
  return { ...wrap('DestinationRule', { host: 'foo.bar', exportTo: list, ...(isDestinationRuleWithSelector === true ? { workloadSelector: { matchLabels: { app: 'a' } } } : {}) }), metadata };
}

function text(sitsAt: string, value: string): KubeObject | undefined {
  if (sitsAt.startsWith('header value')) return forwarding({ headers: { request: { set: { 'x-header': value } } } });
  if (sitsAt.startsWith('HTTP header name (pseudo')) return wrap('VirtualService', { hosts: ['foo.bar'], gateways: ['ns/gw'], http: [{ match: [{ headers: { [value]: { exact: 'a' } } }], route: [{ destination }] }] });
  if (sitsAt === 'port name') return wrap('ServiceEntry', { hosts: ['foo.bar'], resolution: 'DNS', ports: [{ number: 80, name: value, protocol: 'HTTP' }] });
  if (sitsAt.startsWith('HTTP header name, strict')) {
    const jwtRules = [{ issuer: 'foo.bar', outputClaimToHeaders: [{ header: value, claim: 'sub' }] }];
    return { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata: { name: 'name', namespace: 'namespace' }, spec: { jwtRules } };
  }
  return undefined;
}

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { KINDS } from './kinds.ts';
import { schemaOf } from './schema/schema-of.ts';
import { validateObject } from './validate-object.ts';

const folder = new URL('../../../../shared/corpora/istio/validation/', import.meta.url);
const served = new Set(KINDS.filter((info) => schemaOf(info.id) !== undefined).map((info) => info.kind));

interface Verdict {
  readonly valid: boolean;
  readonly warning?: boolean;
}
interface ObjectCase {
  readonly id: string;
  readonly name?: string;
  readonly object: { readonly kind: string };
  readonly crdSchemaValid?: boolean;
  readonly expect: Verdict;
}
interface FragmentCase {
  readonly id: string;
  readonly name?: string;
  readonly message: string;
  readonly sitsAt: string;
  readonly value: never;
  readonly bind?: string;
  readonly expect: Verdict;
}

function read<Case>(file: string): readonly Case[] {
  return (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }).cases;
}

const destination = { host: 'foo.bar' };
const virtualService = (http: object, hosts: readonly string[] = ['foo.bar']): object => wrap('VirtualService', { ...(hosts.length === 0 ? {} : { hosts }), http: [http] });
const forwarding = (fields: object): object => virtualService({ route: [{ destination }], ...fields });
const destinationRule = (trafficPolicy: object): object => wrap('DestinationRule', { host: 'foo.bar', trafficPolicy });
const gateway = (server: object): object => wrap('Gateway', { servers: [server] });

function wrap(kind: string, spec: object): object {
  return { apiVersion: kind === 'AuthorizationPolicy' ? 'security.istio.io/v1' : 'networking.istio.io/v1', kind, metadata: { name: 'name', namespace: 'namespace' }, spec };
}

/**
 * A whole object around a fragment, valid but for the fragment; undefined if the fragment is of a kind that is not
 * served. A null fragment is a Go nil, which in YAML is a field left out.
 */
function around(item: FragmentCase): object | undefined {
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
function exportTo(item: FragmentCase): object {
  const { namespace = 'ns5', exportTo: list, isServiceEntry, isDestinationRuleWithSelector } = (Array.isArray(item.value) ? { exportTo: item.value, ...item } : item.value) as ExportTo;
  const metadata = { name: 'name', namespace };
  if (isServiceEntry === true) return { ...wrap('ServiceEntry', { hosts: ['foo.bar'], resolution: 'DNS', exportTo: list }), metadata };
  return { ...wrap('DestinationRule', { host: 'foo.bar', exportTo: list, ...(isDestinationRuleWithSelector === true ? { workloadSelector: { matchLabels: { app: 'a' } } } : {}) }), metadata };
}

function text(sitsAt: string, value: string): object | undefined {
  if (sitsAt.startsWith('header value')) return forwarding({ headers: { request: { set: { 'x-header': value } } } });
  if (sitsAt.startsWith('HTTP header name (pseudo')) return wrap('VirtualService', { hosts: ['foo.bar'], gateways: ['ns/gw'], http: [{ match: [{ headers: { [value]: { exact: 'a' } } }], route: [{ destination }] }] });
  if (sitsAt === 'port name') return wrap('ServiceEntry', { hosts: ['foo.bar'], resolution: 'DNS', ports: [{ number: 80, name: value, protocol: 'HTTP' }] });
  // "HTTP header name, strict" is the rule of probes and providers, which no served kind has.
  return undefined;
}

test('the verdicts on served kinds are those of Istio', { skip: existsSync(folder) ? false : 'the corpora are not here' }, () => {
  let agree = 0;
  let total = 0;
  let warnings = 0;
  let warningsAgree = 0;
  const differing: string[] = [];
  const judge = (id: string, object: object, valid: boolean, warning?: boolean): void => {
    const result = validateObject(object);
    total += 1;
    if ((result.errors.length === 0) === valid) agree += 1;
    else differing.push(`${id}: Istio says ${valid ? 'valid' : 'invalid'}; found ${JSON.stringify(result.errors.map((issue) => `${issue.path}: ${issue.message}`))}`);
    if (!valid || warning === undefined) return;
    warnings += 1;
    if ((result.warnings.length > 0) === warning) warningsAgree += 1;
    else differing.push(`${id}: Istio ${warning ? 'warns' : 'does not warn'}; found ${JSON.stringify(result.warnings.map((issue) => issue.message))}`);
  };
  for (const item of read<ObjectCase>('crd-cases.json').filter(({ object }) => served.has(object.kind))) judge(item.id, item.object, item.expect.valid);
  for (const item of read<ObjectCase>('istiod-object-cases.json').filter(({ object }) => served.has(object.kind))) {
    judge(`${item.id} (${item.name})`, item.object, item.expect.valid && item.crdSchemaValid !== false, item.expect.warning);
  }
  for (const item of read<FragmentCase>('istiod-fragment-cases.json')) {
    const object = around(item);
    if (object !== undefined) judge(`${item.id} (${item.name})`, object, item.expect.valid, item.expect.warning);
  }
  console.log(`istio validation: ${agree} of ${total} cases of served kinds agree; warnings: ${warningsAgree} of ${warnings}`);
  for (const line of differing) console.log(`  ${line}`);
  assert.ok(agree >= 0.95 * total);
});

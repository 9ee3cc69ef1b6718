import assert from 'node:assert/strict';
import { test } from 'node:test';

import { validateSchema } from './validate-schema.ts';

const object = (kind: string, spec: unknown, apiVersion = 'networking.istio.io/v1'): object => ({ apiVersion, kind, metadata: { name: 'a', namespace: 'b' }, spec });
const errorsOf = (value: unknown): string[] => validateSchema(value).map(({ path, message }) => `${path}: ${message}`);

const CASES: readonly (readonly [what: string, value: object, errors: readonly string[]])[] = [
  ['an unknown field', object('VirtualService', { host: ['a'] }), ['spec.host: unknown field "spec.host"']],
  ['a missing field', object('DestinationRule', {}), ['spec.host: Required value']],
  ['a wrong type', object('VirtualService', { hosts: [1] }), ['spec.hosts[0]: Invalid value: "integer": spec.hosts[0] in body must be of type string: "integer"']],
  ['a null in a list', object('VirtualService', { http: [null] }), ['spec.http[0]: Invalid value: "null": spec.http[0] in body must be of type object: "null"']],
  ['a null that protobuf wraps', object('VirtualService', { http: [{ mirrorPercent: null }] }), []],
  ['a word that is none of the choices', object('PeerAuthentication', { mtls: { mode: 'ON' } }, 'security.istio.io/v1'), ['spec.mtls.mode: Unsupported value: "ON": supported values: "UNSET", "DISABLE", "PERMISSIVE", "STRICT"']],
  ['two fields of which one may be', object('VirtualService', { http: [{ match: [{ uri: { exact: 'a', prefix: 'b' } }] }] }), ['spec.http[0].match[0].uri: Invalid value: "object": "spec.http[0].match[0].uri" must validate one and only one schema (oneOf). Found 2 valid alternatives: exact and prefix']],
  ['a list that is a map, with one key twice', object('ServiceEntry', { hosts: ['a.b'], ports: [{ number: 1, name: 'x' }, { number: 2, name: 'x' }] }), ['spec.ports[1]: Duplicate value: {"name":"x"}']],
  ['a rule across fields', object('ServiceEntry', { hosts: ['a.b'], resolution: 'DNS', addresses: ['10.0.0.0/8'] }), ['spec: Invalid value: "object": CIDR addresses are allowed only for NONE/STATIC resolution types']],
  ['a rule about keys', object('Telemetry', { selector: { matchLabels: { 'a*': 'b' } } }, 'telemetry.istio.io/v1'), ['spec.selector.matchLabels: Invalid value: "object": wildcard not allowed in label key match']],
  ['a path that Gateway API refuses', object('HTTPRoute', { rules: [{ matches: [{ path: { value: '/a//b' } }] }] }, 'gateway.networking.k8s.io/v1'), ["spec.rules[0].matches[0].path: Invalid value: \"object\": must not contain '//' when type one of ['Exact', 'PathPrefix']"]],
  ['a filter without its settings', object('HTTPRoute', { rules: [{ filters: [{ type: 'URLRewrite' }] }] }, 'gateway.networking.k8s.io/v1'), ['spec.rules[0].filters[0]: Invalid value: "object": filter.urlRewrite must be specified for URLRewrite filter.type']],
  ['listeners of one port and host', object('Gateway', { gatewayClassName: 'istio', listeners: ['a', 'b'].map((name) => ({ name, port: 80, protocol: 'HTTP' })) }, 'gateway.networking.k8s.io/v1'), ['spec.listeners: Invalid value: "array": Combination of port, protocol and hostname must be unique for each listener']],
  ['an interval that Envoy cannot keep', object('RateLimitPolicy', { limits: [{ requests: 1, per: '10ms' }] }, 'binnacle.dev/v1'), ['spec.limits[0].per: Invalid value: "string": must be at least 50ms']],
  ['a module address of another scheme', object('WasmPlugin', { url: 'ftp://a' }, 'extensions.istio.io/v1alpha1'), ['spec.url: Invalid value: "string": url must have schema one of [http, https, file, oci]']],
];

for (const [what, value, errors] of CASES) test(`the schema and ${what}`, () => assert.deepEqual(errorsOf(value), errors));

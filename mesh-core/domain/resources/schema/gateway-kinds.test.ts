import assert from 'node:assert/strict';
import { test } from 'node:test';

import { validateObject } from '../validate-object.ts';

const PARENT = { parentRefs: [{ name: 'edge' }] };
const BACKENDS = { backendRefs: [{ name: 'shop', port: 80 }] };
const TARGET = { group: '', kind: 'Service', name: 'shop' };
const AUTHORITIES = { hostname: 'shop.example.com', wellKnownCACertificates: 'System' };

/** Kind, spec, and a part of what the API server would answer; undefined = it takes the object. */
const CASES: readonly (readonly [kind: string, spec: object, error: string | undefined])[] = [
  ['GRPCRoute', { ...PARENT, rules: [{ matches: [{ method: { service: 'shop.v1.Catalog', method: 'List' } }], filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'a', value: 'b' }] } }], ...BACKENDS }] }, undefined],
  ['GRPCRoute', {}, undefined],
  ['GRPCRoute', { rules: [{ matches: [{ method: {} }] }] }, "One or both of 'service' or 'method' must be specified"],
  ['GRPCRoute', { rules: [{ matches: [{ method: { service: 'a-b' } }] }] }, 'service must only contain valid characters'],
  ['GRPCRoute', { rules: [{ matches: [{ method: { type: 'RegularExpression', service: 'a-b' } }] }] }, undefined],
  ['GRPCRoute', { rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: {} }] }] }, 'requestRedirect'],
  ['GRPCRoute', { rules: [{ filters: [{ type: 'RequestMirror' }] }] }, 'filter.requestMirror must be specified for RequestMirror filter.type'],
  ['TLSRoute', { ...PARENT, hostnames: ['*.example.com'], rules: [BACKENDS] }, undefined],
  ['TLSRoute', { ...PARENT, rules: [BACKENDS] }, 'hostnames'],
  ['TLSRoute', { hostnames: ['10.0.0.1'], rules: [BACKENDS] }, 'Hostnames cannot contain an IP'],
  ['TLSRoute', { hostnames: ['a.example.com'], rules: [BACKENDS, BACKENDS] }, 'rules'],
  ['TCPRoute', { ...PARENT, rules: [BACKENDS] }, undefined],
  ['TCPRoute', { ...PARENT, rules: [{ backendRefs: [{ name: 'shop' }] }] }, 'Must have port for Service reference'],
  ['TCPRoute', { ...PARENT, hostnames: ['a.example.com'], rules: [BACKENDS] }, 'hostnames'],
  ['ListenerSet', { parentRef: { name: 'edge' }, listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }] }, undefined],
  ['ListenerSet', { parentRef: { name: 'edge' }, listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }, { name: 'b', port: 80, protocol: 'HTTP' }] }, 'Combination of port, protocol and hostname must be unique for each listener'],
  ['ListenerSet', { listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }] }, 'parentRef'],
  ['BackendTLSPolicy', { targetRefs: [TARGET], validation: AUTHORITIES }, undefined],
  ['BackendTLSPolicy', { targetRefs: [TARGET, { ...TARGET, sectionName: 'https' }], validation: AUTHORITIES }, 'sectionName must be specified when targetRefs includes 2 or more references to the same target'],
  ['BackendTLSPolicy', { targetRefs: [TARGET], validation: { hostname: 'shop.example.com' } }, 'must specify either CACertificateRefs or WellKnownCACertificates'],
  ['BackendTLSPolicy', { targetRefs: [TARGET], validation: { ...AUTHORITIES, subjectAltNames: [{ type: 'URI', hostname: 'a' }] } }, 'SubjectAltName element must contain URI, if Type is set to URI'],
];

test("Gateway API's routes, ListenerSets and BackendTLSPolicies are taken and refused as by their CRDs", () => {
  for (const [kind, spec, expected] of CASES) {
    const { errors } = validateObject({ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name: 'x', namespace: 'default' }, spec });
    const said = errors.map(({ path, message }) => `${path}: ${message}`);
    const place = `${kind} ${JSON.stringify(spec)}`;
    if (expected === undefined) assert.deepEqual(said, [], place);
    else assert.ok(said.some((text) => text.includes(expected)), `${place} should be refused with "${expected}"; found ${JSON.stringify(said)}`);
  }
});

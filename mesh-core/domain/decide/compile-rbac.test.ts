import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { HeaderMatcher, Permission, Principal, RbacRules, StringMatcher, ValueMatcher } from '../envoy/resources.ts';
import { judge } from './authorize.ts';
import { compileRbac } from './compile-rbac.ts';
import type { RbacSubject } from './compile-rbac.ts';

const words = fc.constantFrom('', '/', '/a', '/a/b', '/A', 'GET', 'web', 'spiffe://td/ns/x/sa/a', 'td/ns/x/sa/a', '10.1.2.3', '::1', 'x', 'a.b', 'a\nb', 'azb');
const strings: fc.Arbitrary<StringMatcher> = fc.oneof(
  fc.record({ exact: words }, { requiredKeys: ['exact'] }),
  fc.record({ prefix: words, ignoreCase: fc.boolean() }),
  fc.record({ suffix: words, ignoreCase: fc.boolean() }),
  fc.constantFrom<StringMatcher>({ safeRegex: { regex: '.+' } }, { safeRegex: { regex: '/a.*' } }, { safeRegex: { regex: '(' } }, { safeRegex: { regex: '.*/ns/x/.*' } }, { safeRegex: { regex: '.*a\\.b.*' } }, { safeRegex: { regex: '.*\\.*' } }, { safeRegex: { regex: '.*[x].*' } }, { safeRegex: { regex: '.*' } }, { safeRegex: { regex: '.*.*' } }, { contains: 'a' }, {}),
);
const headers: fc.Arbitrary<HeaderMatcher> = fc.record({ name: fc.constantFrom(':method', ':path', ':authority', 'Host', 'X-Role', ':scheme'), stringMatch: strings, invertMatch: fc.boolean(), treatMissingHeaderAsEmpty: fc.boolean(), presentMatch: fc.boolean() }, { requiredKeys: ['name'] });
const ranges = fc.constantFrom({ addressPrefix: '10.0.0.0', prefixLen: 8 }, { addressPrefix: '::1', prefixLen: 128 }, { addressPrefix: 'nonsense', prefixLen: 1 });
const values: fc.Arbitrary<ValueMatcher> = fc.oneof(strings.map((stringMatch) => ({ stringMatch })), strings.map((stringMatch) => ({ listMatch: { oneOf: { stringMatch } } })), fc.array(strings, { maxLength: 2 }).map((list) => ({ orMatch: { valueMatchers: list.map((stringMatch) => ({ stringMatch })) } })));
const metadata = fc.record({ filter: fc.constantFrom('jwt', 'other'), path: fc.array(fc.constantFrom('payload', 'iss', 'aud').map((key) => ({ key })), { maxLength: 2 }), value: values });
const permissions = fc.letrec<{ permission: Permission }>((tie) => ({
  permission: fc.oneof(
    { maxDepth: 3 },
    fc.constant<Permission>({ any: true }),
    headers.map((header) => ({ header })),
    strings.map((path) => ({ urlPath: { path } })),
    ranges.map((destinationIp) => ({ destinationIp })),
    fc.constantFrom(80, 8080).map((destinationPort) => ({ destinationPort })),
    strings.map((requestedServerName) => ({ requestedServerName })),
    metadata.map((matcher) => ({ metadata: matcher })),
    fc.constantFrom('/*', '/a/**', '').map((pathTemplate) => ({ uriTemplate: { name: 'uri-template', typedConfig: { '@type': '', pathTemplate } } })),
    fc.array(tie('permission'), { maxLength: 2 }).map((rules) => ({ andRules: { rules } })),
    fc.array(tie('permission'), { maxLength: 2 }).map((rules) => ({ orRules: { rules } })),
    tie('permission').map((notRule) => ({ notRule })),
  ),
})).permission;
const principals = fc.letrec<{ principal: Principal }>((tie) => ({
  principal: fc.oneof(
    { maxDepth: 3 },
    fc.constant<Principal>({ any: true }),
    headers.map((header) => ({ header })),
    fc.option(strings, { nil: undefined }).map((principalName) => ({ authenticated: principalName === undefined ? {} : { principalName } })),
    ranges.map((directRemoteIp) => ({ directRemoteIp })),
    ranges.map((remoteIp) => ({ remoteIp })),
    metadata.map((matcher) => ({ metadata: matcher })),
    fc.array(tie('principal'), { maxLength: 2 }).map((ids) => ({ andIds: { ids } })),
    fc.array(tie('principal'), { maxLength: 2 }).map((ids) => ({ orIds: { ids } })),
    tie('principal').map((notId) => ({ notId })),
  ),
})).principal;
const policies = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.record({ permissions: fc.array(permissions, { minLength: 1, maxLength: 2 }), principals: fc.array(principals, { minLength: 1, maxLength: 2 }) }), { maxKeys: 3 });
const requests: fc.Arbitrary<RbacSubject> = fc.record(
  { principal: words, method: words, path: words.map((path) => `${path}?q=1`), host: words, headers: fc.constantFrom<RbacSubject['headers']>({}, { 'x-role': 'x' }, { 'x-role': ['x', '/a'] }), sourceIp: words, remoteIp: words, destinationIp: words, destinationPort: fc.constantFrom(80, 8080), sni: words, metadata: fc.constantFrom({}, { jwt: { payload: { iss: 'x', aud: ['x', '/a'] } } }, { jwt: { iss: '/a' } }) },
  { requiredKeys: ['method', 'path', 'host', 'headers', 'sourceIp', 'destinationPort'] },
);

test('compiled rules decide as the rules that explain themselves', () => {
  fc.assert(
    fc.property(policies, requests, (all, request) => {
      const rules: RbacRules = { action: 'DENY', policies: all };
      const verdict = judge([{ '@type': '', rules }], request);
      assert.equal(compileRbac(rules)(request), verdict.kind === 'deny' ? verdict.policy : undefined);
    }),
    { numRuns: 5000, interruptAfterTimeLimit: 1500 },
  );
});

test('one subject may be filled in anew for each request', () => {
  const matches = compileRbac({ action: 'ALLOW', policies: { only: { permissions: [{ any: true }], principals: [{ directRemoteIp: { addressPrefix: '10.0.0.0', prefixLen: 8 } }] } } });
  const subject = { method: 'GET', path: '/', host: '', headers: {}, sourceIp: '10.0.0.1', destinationPort: 80 };
  assert.equal(matches(subject), 'only');
  subject.sourceIp = '11.0.0.1';
  assert.equal(matches(subject), undefined);
  subject.sourceIp = '10.0.0.1';
  assert.equal(matches(subject), 'only');
});

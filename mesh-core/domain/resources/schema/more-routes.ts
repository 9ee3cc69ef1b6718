import type { GrpcRouteMatch, GrpcRouteRule } from '../gateway-api.ts';
import { isIpAddress } from '../rules/ip-address.ts';
import { sectionName, SUBDOMAIN, wildcardHost } from './gateway-api-fields.ts';
import { grpcFilters } from './http-route-filters.ts';
import { backendWith, named, parents } from './http-route.ts';
import { list, object, oneOf, rule, string, withRules } from './schema.ts';

/** Gateway API's routes besides HTTPRoute. Source: kubernetes-sigs/gateway-api, standard channel. */
type Method = NonNullable<GrpcRouteMatch['method']>;
const isExact = ({ type = 'Exact' }: Method): boolean => type === 'Exact';
const method = withRules(
  object('The gRPC method that is called.', {
    type: oneOf('How it is compared.', { Exact: 'The whole names (the default).', RegularExpression: 'RE2 expressions.' }),
    service: string('Service, with its package; absent: all.', { maxLength: 1024 }),
    method: string('Method; absent: all.', { maxLength: 1024 }),
  }),
  // The type has a default, so the rule always holds for it.
  rule<Method>("One or both of 'service' or 'method' must be specified", (value) => value.service !== undefined || value.method !== undefined),
  rule<Method>(String.raw`service must only contain valid characters (matching ^(?i)\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$)`, (value) => !isExact(value) || value.service === undefined || /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i.test(value.service)),
  rule<Method>('method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)', (value) => !isExact(value) || value.method === undefined || /^[A-Za-z_][A-Za-z_0-9]*$/.test(value.method)),
);
const grpcRule = object('One rule. The most specific match of all rules and routes is used.', {
  name: sectionName('Name of the rule.'),
  matches: list('Conditions; one that holds is enough, none means every call.', object('One condition; all its parts must hold.', { method, headers: named('Headers that must match.', 4096) }), { maxItems: 64 }),
  filters: grpcFilters('Changes on the way.'),
  backendRefs: list('Destinations that share the calls by weight.', backendWith({ filters: grpcFilters('Changes for this destination only.') }), { maxItems: 16 }),
});
export const grpcRouteSpec = object('How gRPC calls to hosts are routed, in the form of Gateway API.', {
  parentRefs: parents,
  hostnames: list('Hosts it is for; absent: all of the listener.', wildcardHost('A host, may begin with `*.`.'), { maxItems: 16 }),
  rules: withRules(
    list('Rules.', grpcRule, { maxItems: 16 }),
    rule<readonly GrpcRouteRule[]>('While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128', (all) => all.reduce((total, { matches }) => total + (matches?.length ?? 0), 0) <= 128),
  ),
});

const streamRules = list(
  'The one rule.',
  object('Where connections go.', { name: sectionName('Name of the rule.'), backendRefs: list('Destinations that share the connections by weight.', backendWith({}), { minItems: 1, maxItems: 16 }) }, { required: ['backendRefs'] }),
  { minItems: 1, maxItems: 1 },
);
const serverNames = withRules(
  list('Server names (SNI) it is for.', wildcardHost('A host, may begin with `*.`.'), { minItems: 1, maxItems: 1024 }),
  rule<readonly string[]>('Hostnames cannot contain an IP', (names) => !names.some(isIpAddress)),
  rule<readonly string[]>('Hostnames must be valid based on RFC-1123', (names) => names.every((name) => name.includes('*') || SUBDOMAIN.test(name))),
  rule<readonly string[]>('Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123', (names) => names.every((name) => !name.includes('*') || (name.startsWith('*.') && SUBDOMAIN.test(name.slice(2))))),
);
export const tlsRouteSpec = object('Where TLS connections go by their server name, in the form of Gateway API.', { parentRefs: parents, hostnames: serverNames, rules: streamRules }, { required: ['hostnames', 'rules'] });
export const tcpRouteSpec = object('Where TCP connections go, in the form of Gateway API.', { parentRefs: parents, rules: streamRules }, { required: ['rules'] });

import type { HttpRouteRule, ParentReference } from '../gateway-api.ts';
import { parseDuration } from '../go-duration.ts';
import { groupName, kindName, namespaceName, objectName, portNumber, sectionName, wildcardHost } from './gateway-api-fields.ts';
import { backendFields, filters, headerName, methods, servicePort } from './http-route-filters.ts';
import { any, int, list, object, oneOf, rule, string, withRules } from './schema.ts';
import type { Schema } from './schema.ts';

/** Gateway API's HTTPRoute. Source: kubernetes-sigs/gateway-api, standard channel, and `retry` of the experimental one. */
interface PathMatch {
  readonly type?: string;
  readonly value?: string;
}
const plain = (message: string, holds: (value: string) => boolean) => rule<PathMatch>(message, ({ type = 'PathPrefix', value = '/' }) => type === 'RegularExpression' || holds(value));
const PLAIN_TYPES = "when type one of ['Exact', 'PathPrefix']";
const path = withRules(
  object('Path of the request, without the query.', {
    type: oneOf('How it is compared.', { Exact: 'The whole path.', PathPrefix: 'Its first parts, divided by / (the default).', RegularExpression: 'RE2 expression for the whole path.' }),
    value: string('The path; / if absent.', { maxLength: 1024 }),
  }),
  plain(`value must be an absolute path and start with '/' ${PLAIN_TYPES}`, (value) => value.startsWith('/')),
  ...['//', '/./', '/../', '%2f', '%2F', '#'].map((part) => plain(`must not contain '${part}' ${PLAIN_TYPES}`, (value) => !value.includes(part))),
  ...['/..', '/.'].map((end) => plain(`must not end with '${end}' ${PLAIN_TYPES}`, (value) => !value.endsWith(end))),
  plain("must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']", (value) => /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/.test(value)),
);
/** Conditions on headers or query parameters. */
export const named = (help: string, maxLength: number) =>
  list(
    help,
    object(
      'One condition.',
      { type: oneOf('How it is compared.', { Exact: 'The whole value (the default).', RegularExpression: 'RE2 expression for the whole value.' }), name: headerName('Name.'), value: string('Value.', { minLength: 1, maxLength }) },
      { required: ['name', 'value'] },
    ),
    { maxItems: 16, keys: ['name'] },
  );
const match = object('One condition; all its parts must hold.', { path, headers: named('Headers that must match.', 4096), queryParams: named('Query parameters that must match.', 1024), method: oneOf('HTTP method.', methods) });

/** A destination with what its kind of route adds. */
export const backendWith = (fields: Readonly<Record<string, Schema>>) =>
  withRules(object('One destination and its share.', { ...backendFields, weight: int('Share relative to the other destinations; 1 if absent.', { min: 0, max: 1_000_000 }), ...fields }, { required: ['name'] }), servicePort);
const backend = backendWith({ filters: filters('Changes for this destination only.') });
const time = (help: string) => string(help, { pattern: /^([0-9]{1,5}(h|m|s|ms)){1,4}$/, patternHelp: 'a duration such as 10s or 500ms' });

type Filters = HttpRouteRule['filters'];
const FILTER_FIELD = { RequestRedirect: 'requestRedirect', URLRewrite: 'urlRewrite' } as const;
type PathFilter = keyof typeof FILTER_FIELD;

function replacesPrefix(all: Filters, type: PathFilter): boolean {
  // Safe: the schema has checked the filter's settings.
  return (all ?? []).filter((filter) => (filter[FILTER_FIELD[type]] as { readonly path?: { readonly replacePrefixMatch?: string } } | undefined)?.path?.replacePrefixMatch !== undefined).length === 1;
}
function onePrefix({ matches }: HttpRouteRule): boolean {
  return matches === undefined || (matches.length === 1 && (matches[0]?.path?.type ?? 'PathPrefix') === 'PathPrefix');
}
const prefixRule = (type: PathFilter) =>
  rule<HttpRouteRule>(`When using ${type} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`, (one) => !replacesPrefix(one.filters, type) || onePrefix(one));
const backendPrefixRule = (type: PathFilter, words: string) =>
  rule<HttpRouteRule>(`Within backendRefs, ${words} using ${type} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`, (one) => (one.backendRefs ?? []).filter((ref) => replacesPrefix(ref.filters, type)).length !== 1 || onePrefix(one));

interface Timeouts {
  readonly request?: string;
  readonly backendRequest?: string;
}
const routeRule = withRules(
  object('One rule. The most specific match of all rules and routes is used.', {
    name: sectionName('Name of the rule.'),
    matches: list('Conditions; one that holds is enough, none means every request.', match, { maxItems: 64 }),
    filters: filters('Changes on the way.'),
    backendRefs: list('Destinations that share the requests by weight.', backend, { maxItems: 16 }),
    timeouts: withRules(
      object('Limits; 0s turns one off.', { request: time('For the whole request with its retries.'), backendRequest: time('For one attempt.') }),
      rule<Timeouts>('backendRequest timeout cannot be longer than request timeout', ({ request, backendRequest }) => {
        const whole = parseDuration(request ?? '0s') ?? 0;
        return whole === 0 || (parseDuration(backendRequest ?? '0s') ?? 0) <= whole;
      }),
    ),
    retry: object('Try again when a request fails.', { codes: list('Statuses that are retried.', int('A status.', { min: 400, max: 599 })), attempts: int('Number of retries.', { min: 0, max: 2 ** 31 - 1 }), backoff: time('Least time between attempts.') }),
    sessionPersistence: any('Keep a session at one endpoint; kept, without effect here.'),
  }),
  rule<HttpRouteRule>('RequestRedirect filter must not be used together with backendRefs', ({ backendRefs = [], filters: all = [] }) => backendRefs.length === 0 || all.every((filter) => filter['requestRedirect'] === undefined)),
  prefixRule('RequestRedirect'),
  prefixRule('URLRewrite'),
  backendPrefixRule('RequestRedirect', 'when'),
  backendPrefixRule('URLRewrite', 'When'),
);

const parentKey = ({ group = 'gateway.networking.k8s.io', kind = 'Gateway', namespace = '', name }: ParentReference): string => JSON.stringify([group, kind, namespace, name]);
/** The `parentRefs` of every kind of route. */
export const parents = withRules(
  list(
    'Gateways (or, in the mesh, Services) it attaches to.',
    object(
      'One of them.',
      {
        group: groupName('API group; absent: gateway.networking.k8s.io.'),
        kind: kindName('Kind; absent: Gateway.'),
        namespace: namespaceName('Namespace; absent: the own one.'),
        name: objectName('Name.'),
        sectionName: sectionName('Listener of the Gateway; absent: all that fit.'),
        port: portNumber('Port; absent: all.'),
      },
      { required: ['name'] },
    ),
    { maxItems: 32 },
  ),
  rule<readonly ParentReference[]>('sectionName must be specified when parentRefs includes 2 or more references to the same parent', (all) =>
    [...Map.groupBy(all, parentKey).values()].every((same) => same.every(({ sectionName: section = '' }) => (section === '') === ((same[0]?.sectionName ?? '') === ''))),
  ),
  rule<readonly ParentReference[]>('sectionName must be unique when parentRefs includes 2 or more references to the same parent', (all) => new Set(all.map((one) => parentKey(one) + JSON.stringify(one.sectionName ?? ''))).size === all.length),
);

export const httpRouteSpec = object('How requests to hosts are routed, in the form of Gateway API.', {
  parentRefs: parents,
  hostnames: list('Hosts it is for; absent: all of the listener.', wildcardHost('A host, may begin with `*.`.'), { maxItems: 16 }),
  rules: withRules(
    list('Rules.', routeRule, { minItems: 1, maxItems: 16 }),
    rule<readonly HttpRouteRule[]>('While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128', (all) => all.reduce((total, { matches }) => total + (matches?.length ?? 1), 0) <= 128),
  ),
});

import { exactHost, fullReference, groupName, kindName, namespaceName, objectName, portNumber } from './gateway-api-fields.ts';
import { bool, int, list, object, oneOf, rule, string, withRules } from './schema.ts';
import type { ArraySchema } from './schema.ts';

/** Filters of HTTPRoutes and GRPCRoutes. Source: kubernetes-sigs/gateway-api, standard channel. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/;
export const headerName = (help: string) => string(help, { minLength: 1, maxLength: 256, pattern: HEADER_NAME, patternHelp: 'an HTTP header name' });

interface Service {
  readonly group?: string;
  readonly kind?: string;
  readonly port?: number;
}
export const servicePort = rule<Service>('Must have port for Service reference', ({ group = '', kind = 'Service', port }) => group !== '' || kind !== 'Service' || port !== undefined);
export const backendFields = {
  group: groupName('API group; absent: core.'),
  kind: kindName('Kind; absent: Service.'),
  name: objectName('Name.'),
  namespace: namespaceName('Namespace; another one needs a ReferenceGrant there.'),
  port: portNumber('Port of the service.'),
};

const headerList = (help: string) => list(help, object('One header.', { name: headerName('Name.'), value: string('Value.', { minLength: 1, maxLength: 4096 }) }, { required: ['name', 'value'] }), { maxItems: 16, keys: ['name'] });
const headerModifier = (help: string) =>
  object(help, { set: headerList('Headers to overwrite.'), add: headerList('Headers to add.'), remove: list('Headers to take away.', string('Name.'), { maxItems: 16, unique: true }) });

interface PathModifier {
  readonly type: string;
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}
const both = (type: string, field: 'replaceFullPath' | 'replacePrefixMatch') => [
  rule<PathModifier>(`${field} must be specified when type is set to '${type}'`, (path) => path.type !== type || path[field] !== undefined),
  rule<PathModifier>(`type must be '${type}' when ${field} is set`, (path) => path[field] === undefined || path.type === type),
];
const pathModifier = withRules(
  object(
    'Change of the path.',
    {
      type: oneOf('What is replaced.', { ReplaceFullPath: 'The whole path.', ReplacePrefixMatch: 'The prefix that matched.' }),
      replaceFullPath: string('New path.', { maxLength: 1024 }),
      replacePrefixMatch: string('New prefix.', { maxLength: 1024 }),
    },
    { required: ['type'] },
  ),
  ...both('ReplaceFullPath', 'replaceFullPath'),
  ...both('ReplacePrefixMatch', 'replacePrefixMatch'),
);

interface Fraction {
  readonly numerator: number;
  readonly denominator?: number;
}
interface Mirror {
  readonly percent?: number;
  readonly fraction?: unknown;
}
const requestMirror = withRules(
  object(
    'Send a copy of the requests to a service.',
    {
      backendRef: withRules(object('The service.', backendFields, { required: ['name'] }), servicePort),
      percent: int('Share of requests, percent.', { min: 0, max: 100 }),
      fraction: withRules(
        object('Share of requests.', { numerator: int('Above the line.', { min: 0, max: 2 ** 31 - 1 }), denominator: int('Below the line; 100 if absent.', { min: 1, max: 2 ** 31 - 1 }) }, { required: ['numerator'] }),
        rule<Fraction>('numerator must be less than or equal to denominator', ({ numerator, denominator = 100 }) => numerator <= denominator),
      ),
    },
    { required: ['backendRef'] },
  ),
  rule<Mirror>('Only one of percent or fraction may be specified in HTTPRequestMirrorFilter', ({ percent, fraction }) => percent === undefined || fraction === undefined),
);

const starAlone = (message: string) => rule<readonly string[]>(message, (values) => values.length <= 1 || !values.includes('*'));
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
export const methods = Object.fromEntries(METHODS.map((method) => [method, `${method} requests.`]));
const cors = object('Cross-origin rules for browsers.', {
  allowOrigins: withRules(
    list('Origins that may call.', string('scheme://host[:port], or `*`.', { minLength: 1, maxLength: 253, pattern: /(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)/, patternHelp: 'http(s)://host, or *' }), { maxItems: 64, unique: true }),
    starAlone("AllowOrigins cannot contain '*' alongside other origins"),
  ),
  allowMethods: withRules(list('Methods that may be used.', oneOf('A method.', { ...methods, '*': 'All.' }), { maxItems: 9, unique: true }), starAlone("AllowMethods cannot contain '*' alongside other methods")),
  allowHeaders: withRules(list('Request headers that may be sent.', headerName('A header name or `*`.'), { maxItems: 64, unique: true }), starAlone("AllowHeaders cannot contain '*' alongside other methods")),
  exposeHeaders: list('Response headers that scripts may read.', headerName('A header name or `*`.'), { maxItems: 64, unique: true }),
  allowCredentials: bool('May cookies and credentials be sent?'),
  maxAge: int('How long a browser may remember the answer, seconds; 5 if absent.', { min: 1, max: 2 ** 31 - 1 }),
});

const requestRedirect = object('Answer with a redirect.', {
  scheme: oneOf('New scheme.', { http: 'http.', https: 'https.' }),
  hostname: exactHost('New host.'),
  path: pathModifier,
  port: portNumber('New port.'),
  statusCode: withRules(int('Status: 301, 302, 303, 307 or 308; 302 if absent.'), rule<number>('statusCode must be one of 301, 302, 303, 307, 308', (code) => [301, 302, 303, 307, 308].includes(code))),
});

/** Type of a filter → the field that holds its settings. */
const FILTER_FIELDS = {
  CORS: 'cors',
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
} as const;
type FilterType = keyof typeof FILTER_FIELDS;
type Filter = { readonly type: string } & { readonly [F in (typeof FILTER_FIELDS)[FilterType]]?: unknown };

const filterRules = (types: readonly FilterType[]) =>
  types.flatMap((type) => [
    rule<Filter>(`filter.${FILTER_FIELDS[type]} must be nil if the filter.type is not ${type}`, (filter) => filter.type === type || filter[FILTER_FIELDS[type]] === undefined),
    rule<Filter>(`filter.${FILTER_FIELDS[type]} must be specified for ${type} filter.type`, (filter) => filter.type !== type || filter[FILTER_FIELDS[type]] !== undefined),
  ]);
/** What filters of GRPCRoutes have too. */
const COMMON_TYPES = {
  RequestHeaderModifier: 'Change request headers.',
  ResponseHeaderModifier: 'Change response headers.',
  RequestMirror: 'Send a copy elsewhere.',
  ExtensionRef: 'A filter of the implementation.',
} as const;
const COMMON_FIELDS = {
  requestHeaderModifier: headerModifier('Changes to request headers.'),
  responseHeaderModifier: headerModifier('Changes to response headers.'),
  requestMirror,
  extensionRef: fullReference('The filter of the implementation.', false),
};
const filter = withRules(
  object(
    'One filter.',
    {
      type: oneOf('Kind of filter.', { ...COMMON_TYPES, RequestRedirect: 'Answer with a redirect.', URLRewrite: 'Change path or host.', CORS: 'Answer cross-origin preflights.' }),
      cors,
      ...COMMON_FIELDS,
      requestRedirect,
      urlRewrite: object('Change path or host before forwarding.', { hostname: exactHost('New host.'), path: pathModifier }),
    },
    { required: ['type'] },
  ),
  ...filterRules(Object.keys(FILTER_FIELDS) as FilterType[]),
);
const grpcFilter = withRules(object('One filter.', { type: oneOf('Kind of filter.', COMMON_TYPES), ...COMMON_FIELDS }, { required: ['type'] }), ...filterRules(Object.keys(COMMON_TYPES) as (keyof typeof COMMON_TYPES)[]));

const once = (type: FilterType) => rule<readonly Filter[]>(`${type} filter cannot be repeated`, (filters) => filters.filter((one) => one.type === type).length <= 1);
/** The filters of a rule or of one backend. */
export const filters = (help: string): ArraySchema =>
  withRules(
    list(help, filter, { maxItems: 16 }),
    rule<readonly Filter[]>('May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both', (all) => !(all.some(({ type }) => type === 'RequestRedirect') && all.some(({ type }) => type === 'URLRewrite'))),
    once('CORS'),
    once('RequestHeaderModifier'),
    once('ResponseHeaderModifier'),
    once('RequestRedirect'),
    once('URLRewrite'),
  );
/** The filters of a GRPCRoute's rule or of one of its backends. */
export const grpcFilters = (help: string): ArraySchema => withRules(list(help, grpcFilter, { maxItems: 16 }), once('RequestHeaderModifier'), once('ResponseHeaderModifier'));

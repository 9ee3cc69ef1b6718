import { destination, exportTo, headers, stringMatch, tcpRoutes, tlsRoutes } from './route-fields.ts';
import { as, bool, duration, int, list, map, number, object, oneOf, orNull, string, strings, uint } from './schema.ts';

const percentage = (help: string) => object(help, { value: number('Percent, 0 to 100, fractions allowed.') });

const match = object('One condition; all its parts must hold.', {
  name: string('Name of this match, shown in metrics and warnings.'),
  uri: as('Path of the request, without the query.', stringMatch),
  scheme: as('http or https.', stringMatch),
  method: as('HTTP method.', stringMatch),
  authority: as('Host header.', stringMatch),
  headers: map('Headers that must match; an empty value means "is present".', as('How this header is compared.', stringMatch)),
  withoutHeaders: map('Headers that must not match.', as('How this header is compared.', stringMatch)),
  queryParams: map('Query parameters that must match.', as('How this parameter is compared.', stringMatch)),
  port: uint('Port the request was sent to.'),
  ignoreUriCase: bool('Compare exact and prefix paths without regard to case.'),
  sourceLabels: map('Labels of the calling workload.', string('Value of this label.')),
  sourceNamespace: string('Namespace of the calling workload.'),
  gateways: strings('Gateways this applies at; replaces the list of the whole rule.', 'A gateway name.'),
  statPrefix: string('Prefix of extra statistics for this route.'),
});

const routeDestination = object(
  'One destination and its share.',
  { destination, weight: int('Share of requests relative to the other destinations; need not sum to 100.'), headers },
  { required: ['destination'] },
);

const redirect = object(
  'Answer with a redirect instead of forwarding.',
  {
    uri: string('New path; `%PREFIX()%` stands for the matched prefix.'),
    prefixRewrite: string('Replaces the matched prefix only.'),
    authority: string('New host.'),
    port: uint('New port.'),
    derivePort: oneOf('Where the new port comes from.', { FROM_PROTOCOL_DEFAULT: '80 or 443 by scheme.', FROM_REQUEST_PORT: 'The port of the request.' }),
    scheme: string('New scheme, http or https.'),
    redirectCode: uint('Status, 3xx; 301 if absent.'),
  },
  { exclusive: [['port', 'derivePort']] },
);

const directResponse = object(
  'Answer with a fixed response.',
  {
    status: uint('HTTP status, 200 to 599.'),
    body: object('Body of the answer.', { string: string('Text.'), bytes: string('Base64 of the bytes.', { base64: true }) }, { exclusive: [['string', 'bytes']] }),
  },
  { required: ['status'] },
);

const rewrite = object('Change path or host before forwarding.', {
  uri: string('Replaces the matched prefix or the whole path.'),
  authority: string('Replaces the Host header.'),
  uriRegexRewrite: object('Change the path by an expression.', { match: string('RE2 expression to find.'), rewrite: string('Replacement; `\\1` is the first group.') }),
});

const fault = object('Deliberate faults, for tests of resilience.', {
  delay: object(
    'Hold requests before they are forwarded.',
    {
      percentage: percentage('Share of requests that are delayed.'),
      percent: int('Old form: whole percent.'),
      fixedDelay: duration('How long to hold a request.'),
      exponentialDelay: duration('Not supported.'),
    },
    { exclusive: [['fixedDelay', 'exponentialDelay']] },
  ),
  abort: object(
    'Answer with an error instead of forwarding.',
    {
      percentage: percentage('Share of requests that are aborted.'),
      httpStatus: int('HTTP status to answer with.'),
      grpcStatus: string('gRPC status name to answer with, such as UNAVAILABLE.'),
      http2Error: string('Not supported.'),
    },
    { exclusive: [['httpStatus', 'grpcStatus', 'http2Error']] },
  ),
});

const retries = object('Try again when a request fails.', {
  attempts: int('Number of retries; 0 turns them off.'),
  perTryTimeout: duration('Limit for one attempt; absent: the timeout of the route.'),
  retryOn: string('What is retried, comma separated: 5xx, gateway-error, connect-failure, reset, unavailable, or status codes.'),
  retryRemoteLocalities: orNull(bool('May a retry go to another locality?')),
  retryIgnorePreviousHosts: orNull(bool('Avoid hosts already tried; true if absent.')),
  backoff: duration('Base of the waiting time between attempts; 25ms if absent.'),
});

const corsPolicy = object('Cross-origin rules for browsers.', {
  allowOrigin: strings('Old form: exact origins.', 'An origin.'),
  allowOrigins: list('Origins that may call.', as('How the origin is compared.', stringMatch)),
  allowMethods: strings('Methods that may be used.', 'An HTTP method or `*`.'),
  allowHeaders: strings('Request headers that may be sent.', 'A header name or `*`.'),
  exposeHeaders: strings('Response headers that scripts may read.', 'A header name or `*`.'),
  maxAge: duration('How long a browser may remember the answer, whole seconds.'),
  allowCredentials: orNull(bool('May cookies and credentials be sent?')),
  unmatchedPreflights: oneOf('What happens to a preflight whose origin does not match.', { UNSPECIFIED: 'The default, forward.', FORWARD: 'Forward it to the destination.', IGNORE: 'Do not answer it and do not forward it.' }),
});

const httpRoute = object('One rule for HTTP traffic. The first rule that matches is used.', {
  name: string('Name of the rule, shown in logs and metrics.'),
  match: list('Conditions; one that holds is enough, none means every request.', match),
  route: list('Destinations that share the requests by weight.', routeDestination),
  redirect,
  directResponse,
  delegate: object('Leave the details to another VirtualService that has no hosts.', { name: string('Its name.'), namespace: string('Its namespace; absent: this one.') }),
  rewrite,
  timeout: duration('Limit for the whole request with its retries; absent: none.'),
  retries,
  fault,
  mirror: as('Destination that gets a copy of the requests; its answers are dropped.', destination),
  mirrors: list(
    'Several destinations that get a copy.',
    object('One copy.', { destination, percentage: percentage('Share of requests that are copied; absent: all.') }, { required: ['destination'] }),
  ),
  mirrorPercentage: percentage('Share of requests that are copied to `mirror`; absent: all.'),
  mirrorPercent: orNull(uint('Old form: whole percent.')),
  mirror_percent: orNull(uint('Old spelling of mirrorPercent.')),
  corsPolicy,
  headers,
});

export const virtualServiceSpec = object('How requests to a host are routed.', {
  hosts: strings('Hosts the rules are for: short service names, full names, or `*.` wildcards. Absent: a delegate.', 'A host.'),
  gateways: strings('Where the rules apply: `mesh` for all sidecars (the default), or gateways as `namespace/name`.', 'A gateway name or `mesh`.'),
  http: list('Rules for HTTP, in order.', httpRoute),
  tls: tlsRoutes,
  tcp: tcpRoutes,
  exportTo,
});

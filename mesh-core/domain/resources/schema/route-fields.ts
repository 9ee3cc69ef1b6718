import { int, list, map, object, oneOf, rule, string, strings, uint, withRules } from './schema.ts';
import type { ObjectSchema, SchemaRule } from './schema.ts';

/** Fields that several networking kinds share. */
export const exportTo = strings('Namespaces that may see this object: `*` all (the default), `.` only its own, or names.', 'A namespace, `.` or `*`.');
export const labels = map('Labels, name to value.', string('Value of this label.'));
export const portSelector = object('Port of the destination.', { number: uint('Port number, 1 to 65535.') });

export const stringMatch: ObjectSchema = object(
  'How a text is compared; empty means "is present".',
  { exact: string('The whole text, letter for letter.'), prefix: string('What the text begins with.'), regex: string('RE2 expression that the whole text must match.') },
  { exclusive: [['exact', 'prefix', 'regex']] },
);

export const destination: ObjectSchema = object(
  'Where the traffic goes.',
  {
    host: string('Service by short name (in the namespace of this rule), full name, or a host of a ServiceEntry.'),
    subset: string('Version of the service, by the subset name that its DestinationRule defines.'),
    port: portSelector,
  },
  { required: ['host'] },
);

const headerOperations = {
  set: map('Headers to overwrite, name to value.', string('New value.')),
  add: map('Headers to add, name to value.', string('Value to add.')),
  remove: strings('Headers to take away.', 'A header name.'),
};
export const headers = object('Changes to headers on the way.', {
  request: object('Changes before the request goes to the destination.', headerOperations),
  response: object('Changes before the response goes back to the caller.', headerOperations),
});

const tcpDestination = object(
  'One destination and its share.',
  { destination, weight: int('Share of connections, relative to the other destinations.') },
  { required: ['destination'] },
);
const tcpDestinations = list('Destinations that share the connections.', tcpDestination);

const l4Match = {
  destinationSubnets: strings('Addresses the connection goes to, as IP or CIDR.', 'An IP or CIDR.'),
  port: uint('Port the connection goes to.'),
  sourceLabels: map('Labels of the calling workload.', string('Value of this label.')),
  gateways: strings('Gateways this applies at; replaces the list of the whole rule.', 'A gateway name.'),
  sourceNamespace: string('Namespace of the calling workload.'),
};
export const tlsRoutes = list(
  'Routes for encrypted traffic that is not opened here, by the server name (SNI) of the handshake.',
  object(
    'One route by server name.',
    {
      match: list(
        'Conditions; one that holds is enough.',
        object('One condition; all its parts must hold.', { sniHosts: strings('Server names of the handshake.', 'A host, may begin with `*.`.'), ...l4Match }, { required: ['sniHosts'] }),
      ),
      route: tcpDestinations,
    },
    { required: ['match'] },
  ),
);
export const tcpRoutes = list(
  'Routes for plain TCP connections.',
  object('One TCP route.', {
    match: list('Conditions; one that holds is enough, none means all traffic.', object('One condition.', { ...l4Match, sourceSubnet: string('Address of the caller, as IP or CIDR.') })),
    route: tcpDestinations,
  }),
);

export const workloadSelector = object('Workloads this applies to; absent: all of the namespace.', {
  matchLabels: withRules(
    map(
      'Labels a workload must have.',
      withRules(string('Value of this label.', { maxLength: 63 }), rule<string>('wildcard not allowed in label value match', (value) => !value.includes('*'))),
      { maxItems: 4096 },
    ),
    rule<Fields>('wildcard not allowed in label key match', (labels) => Object.keys(labels).every((key) => !key.includes('*'))),
    rule<Fields>('key must not be empty', (labels) => !Object.hasOwn(labels, '')),
  ),
});

/** The older form of a selector, of Sidecar, ServiceEntry and EnvoyFilter. */
export const labelsSelector = (help: string): ObjectSchema =>
  object(help, {
    labels: map('Labels they must have.', withRules(string('Value of this label.', { maxLength: 63 }), rule<string>('wildcard is not supported in selector', (value) => !value.includes('*'))), { maxItems: 256 }),
  });

type Fields = Readonly<Record<string, unknown>>;

/** At most one of the fields is there, under the message that the CRD has for it. */
export function atMostOne(message: string, ...fields: readonly string[]): SchemaRule {
  return rule<Fields>(message, (value) => fields.filter((field) => Object.hasOwn(value, field)).length <= 1);
}

export const portRange = rule<number>('port must be between 1-65535', (port) => port > 0 && port <= 65_535);

export const targetRef = object(
  'Object this policy is attached to, in the same namespace.',
  {
    group: string('API group of the target.', { maxLength: 253, pattern: /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, patternHelp: 'a DNS name, or empty for core' }),
    kind: string('Kind of the target.', { minLength: 1, maxLength: 63, pattern: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/, patternHelp: 'a kind such as Service' }),
    name: string('Name of the target.', { minLength: 1, maxLength: 253 }),
    namespace: withRules(string('Must be empty: targets in other namespaces are not supported.'), rule<string>('cross namespace referencing is not currently supported', (namespace) => namespace === '')),
  },
  { required: ['kind', 'name'] },
);
export const targetRefs = list('Objects this policy is attached to.', targetRef, { maxItems: 16 });
export const oneSelector = atMostOne('only one of targetRefs or selector can be set', 'selector', 'targetRef', 'targetRefs');

export const mutualTlsMode = oneOf('What a workload accepts.', {
  UNSET: 'Take over the mode of the namespace or the mesh.',
  DISABLE: 'Plaintext only.',
  PERMISSIVE: 'Both plaintext and mutual TLS.',
  STRICT: 'Mutual TLS only.',
});

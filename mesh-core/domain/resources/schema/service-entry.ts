import { atMostOne, exportTo, labelsSelector, portRange } from './route-fields.ts';
import { list, map, object, oneOf, rule, string, strings, uint, withRules } from './schema.ts';

const port = (help: string) => withRules(uint(help), portRange);
const isSocket = (address = ''): boolean => address.startsWith('unix://');

const workloadEntryFields = {
  address: withRules(
    string('IP address, host name, or unix:// socket.', { maxLength: 256 }),
    rule<string>('UDS must be an absolute path or abstract socket', (address) => !isSocket(address) || ['/', '@'].includes(address.charAt(7))),
    rule<string>('UDS may not be a dir', (address) => !isSocket(address) || !address.endsWith('/')),
  ),
  ports: withRules(
    map('Port name of the service to the port at this address.', port('Port number.'), { maxItems: 128 }),
    rule<object>('port name must be valid', (ports) => Object.keys(ports).every((name) => name.length < 63 && /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name))),
  ),
  labels: map('Labels of the workload.', string('Value of this label.'), { maxItems: 256 }),
  network: string('Network the address belongs to.', { maxLength: 2048 }),
  locality: string('Where it runs, as region/zone/subzone.', { maxLength: 2048 }),
  weight: uint('Share of traffic relative to the other endpoints.'),
  serviceAccount: string('Service account of the workload, for its identity.', { maxLength: 253 }),
};

interface Entry {
  readonly address?: string;
  readonly network?: string;
  readonly ports?: object;
}
const hasAddress = rule<Entry>('Address is required', ({ address, network }) => address !== undefined || network !== undefined);
const noSocketPorts = rule<Entry>('UDS may not include ports', ({ address, ports }) => !isSocket(address) || ports === undefined);

export const workloadEntrySpec = withRules(object('One running copy of a workload: where it is, and who it is.', workloadEntryFields), hasAddress, noSocketPorts);

/** A WorkloadEntry that is filled in when a workload registers, so it needs no address yet. */
export const workloadTemplate = withRules(object('What the entries of this group look like.', workloadEntryFields), noSocketPorts);

interface Entries {
  readonly addresses?: readonly string[];
  readonly endpoints?: readonly unknown[];
  readonly resolution?: string;
}

export const serviceEntrySpec = withRules(
  object('A service that the registry does not know by itself, such as an outside API.', {
    hosts: list('Host names of the service.', withRules(string('A host, may begin with `*.`, not `*` alone.'), rule<string>('hostname cannot be wildcard', (host) => host !== '*')), { minItems: 1, maxItems: 256 }),
    addresses: list('Virtual addresses of the service, IP or CIDR.', string('An IP or CIDR.', { maxLength: 64 }), { maxItems: 256 }),
    ports: withRules(
      list('Ports of the service.', object(
        'One port.',
        { number: port('Port number callers use.'), name: string('Name of the port.', { maxLength: 256 }), protocol: string('HTTP, HTTPS, GRPC, HTTP2, TLS, TCP, MONGO, REDIS or MYSQL.', { maxLength: 256 }), targetPort: port('Port at the endpoint; absent: the same.') },
        { required: ['number', 'name'] },
      ), { maxItems: 256, keys: ['name'] }),
      rule<readonly { readonly number: number }[]>('port number cannot be duplicated', (ports) => new Set(ports.map(({ number }) => number)).size === ports.length),
    ),
    location: oneOf('Does the service belong to the mesh?', { MESH_EXTERNAL: 'Outside: no mutual TLS, no policies.', MESH_INTERNAL: 'Part of the mesh.' }),
    resolution: oneOf('How its endpoints are found.', {
      NONE: 'The address the caller asked for.',
      STATIC: 'The addresses of the endpoints below.',
      DNS: 'By looking the names up, all answers used.',
      DNS_ROUND_ROBIN: 'By looking the names up, one answer at a time.',
      DYNAMIC_DNS: 'By looking up the name of each request; for wildcard hosts.',
    }),
    endpoints: list('Where it runs.', withRules(object('One endpoint.', workloadEntryFields), hasAddress, noSocketPorts), { maxItems: 4096 }),
    workloadSelector: labelsSelector('Take WorkloadEntries of this namespace as endpoints.'),
    exportTo,
    subjectAltNames: strings('Names of which the server certificate must have one.', 'A subject alternative name.'),
  }, { required: ['hosts'] }),
  atMostOne('only one of WorkloadSelector or Endpoints can be set', 'workloadSelector', 'endpoints'),
  rule<Entries>('CIDR addresses are allowed only for NONE/STATIC resolution types', ({ addresses = [], resolution = 'NONE' }) => resolution === 'NONE' || resolution === 'STATIC' || !addresses.some((address) => address.includes('/'))),
  rule<Entries>('NONE mode cannot set endpoints', ({ endpoints, resolution = 'NONE' }) => resolution !== 'NONE' || endpoints === undefined),
  rule<Entries>('DNS_ROUND_ROBIN mode cannot have multiple endpoints', ({ endpoints = [], resolution }) => resolution !== 'DNS_ROUND_ROBIN' || endpoints.length <= 1),
);

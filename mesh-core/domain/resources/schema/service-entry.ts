import { exportTo } from './route-fields.ts';
import { list, map, object, oneOf, string, strings, uint } from './schema.ts';

const port = (help: string) => uint(help, { min: 1, max: 65_535 });

const workloadEntryFields = {
  address: string('IP address, host name, or unix:// socket.', { maxLength: 256 }),
  ports: map('Port name of the service to the port at this address.', port('Port number.'), { maxItems: 128 }),
  labels: map('Labels of the workload.', string('Value of this label.'), { maxItems: 256 }),
  network: string('Network the address belongs to.', { maxLength: 2048 }),
  locality: string('Where it runs, as region/zone/subzone.', { maxLength: 2048 }),
  weight: uint('Share of traffic relative to the other endpoints.'),
  serviceAccount: string('Service account of the workload, for its identity.', { maxLength: 253 }),
};

export const workloadEntrySpec = object('One running copy of a workload: where it is, and who it is.', workloadEntryFields);

export const serviceEntrySpec = object(
  'A service that the registry does not know by itself, such as an outside API.',
  {
    hosts: strings('Host names of the service.', 'A host, may begin with `*.`, not `*` alone.', { minItems: 1, maxItems: 256 }),
    addresses: list('Virtual addresses of the service, IP or CIDR.', string('An IP or CIDR.', { maxLength: 64 }), { maxItems: 256 }),
    ports: list(
      'Ports of the service.',
      object(
        'One port.',
        { number: port('Port number callers use.'), name: string('Name of the port.', { maxLength: 256 }), protocol: string('HTTP, HTTPS, GRPC, HTTP2, TLS, TCP, MONGO, REDIS or MYSQL.', { maxLength: 256 }), targetPort: port('Port at the endpoint; absent: the same.') },
        { required: ['number', 'name'] },
      ),
      { maxItems: 256 },
    ),
    location: oneOf('Does the service belong to the mesh?', { MESH_EXTERNAL: 'Outside: no mutual TLS, no policies.', MESH_INTERNAL: 'Part of the mesh.' }),
    resolution: oneOf('How its endpoints are found.', {
      NONE: 'The address the caller asked for.',
      STATIC: 'The addresses of the endpoints below.',
      DNS: 'By looking the names up, all answers used.',
      DNS_ROUND_ROBIN: 'By looking the names up, one answer at a time.',
      DYNAMIC_DNS: 'By looking up the name of each request; for wildcard hosts.',
    }),
    endpoints: list('Where it runs.', object('One endpoint.', workloadEntryFields), { maxItems: 4096 }),
    workloadSelector: object('Take WorkloadEntries of this namespace as endpoints.', { labels: map('Labels they must have.', string('Value of this label.', { maxLength: 63 }), { maxItems: 256 }) }),
    exportTo,
    subjectAltNames: strings('Names of which the server certificate must have one.', 'A subject alternative name.'),
  },
  { required: ['hosts'], exclusive: [['workloadSelector', 'endpoints']] },
);

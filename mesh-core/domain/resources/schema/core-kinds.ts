import { any, int, intOrString, list, map, object, oneOf, string, strings } from './schema.ts';
import type { Schema } from './schema.ts';

const port = (help: string) => int(help, { min: 1, max: 65_535 });

export const serviceSpec = object('A name and port under which workloads are called.', {
  selector: map('Labels of the workloads behind the service.', string('Value of this label.')),
  ports: list(
    'Ports of the service.',
    object(
      'One port.',
      {
        name: string('Name of the port; a prefix such as http- tells the protocol. Needed if there are several.'),
        port: port('Port callers use.'),
        targetPort: intOrString('Port at the workload, number or name; absent: the same.'),
        protocol: oneOf('Transport.', { TCP: 'TCP.', UDP: 'UDP.', SCTP: 'SCTP.' }),
        appProtocol: string('Protocol spoken: http, http2, grpc, https, tls, tcp.'),
        nodePort: port('Kept, without effect here.'),
      },
      { required: ['port'] },
    ),
  ),
  type: oneOf('Kind of service.', { ClusterIP: 'Reached inside the mesh.', NodePort: 'As ClusterIP here.', LoadBalancer: 'As ClusterIP here.', ExternalName: 'An alias of another name.' }),
  clusterIP: string('Virtual address; None for a headless service.'),
  clusterIPs: strings('Virtual addresses.', 'An IP.'),
  externalName: string('The other name of an ExternalName service.'),
  externalIPs: strings('Further addresses.', 'An IP.'),
  publishNotReadyAddresses: { kind: 'bool', help: 'Also list endpoints that are not ready.' },
  sessionAffinity: oneOf('Stickiness by caller address.', { None: 'None.', ClientIP: 'By address.' }),
  ipFamilies: strings('Address families.', 'IPv4 or IPv6.'),
  ipFamilyPolicy: string('Policy for address families.'),
  internalTrafficPolicy: string('Kept, without effect here.'),
  externalTrafficPolicy: string('Kept, without effect here.'),
});

export const namespaceSpec = object('Settings of a namespace.', { finalizers: strings('Who must act before it is deleted.', 'A finalizer.') });

/** Top-level fields of the kinds that have no spec. */
export const configMapFields: Readonly<Record<string, Schema>> = {
  data: map('Entries, key to text.', string('Text of this entry.')),
  binaryData: map('Entries, key to base64.', string('Base64 of this entry.')),
  immutable: { kind: 'bool', help: 'Refuse changes to the data.' },
};

const objectReference = (help: string) =>
  object(help, {
    apiVersion: string('API version.'),
    kind: string('Kind.'),
    name: string('Name.'),
    namespace: string('Namespace.'),
    uid: string('Unique id.'),
    resourceVersion: string('Version.'),
    fieldPath: string('Part of the object.'),
  });
export const eventFields: Readonly<Record<string, Schema>> = {
  involvedObject: objectReference('What the event is about.'),
  related: objectReference('A second object that is involved.'),
  reason: string('One word for why.'),
  message: string('What happened, for people.'),
  type: string('Normal or Warning.'),
  source: object('Who reported it.', { component: string('Program.'), host: string('Machine.') }),
  firstTimestamp: { ...string('When it was first seen.'), nullable: true },
  lastTimestamp: { ...string('When it was last seen.'), nullable: true },
  eventTime: { ...string('When it was seen.'), nullable: true },
  count: int('How often it was seen.'),
  action: string('What was done.'),
  reportingComponent: string('Controller that reported it.'),
  reportingInstance: string('Its instance.'),
  series: any('Repetitions.'),
};

import type { BackendValidation, PolicyTarget } from '../gateway-api.ts';
import { exactHost, fullReference, groupName, kindName, namespaceName, objectName, sectionName, wildcardHost } from './gateway-api-fields.ts';
import { listeners } from './kube-gateway.ts';
import { list, map, object, oneOf, rule, string, withRules } from './schema.ts';

/** Gateway API's ListenerSet and BackendTLSPolicy. Source: kubernetes-sigs/gateway-api, standard channel. */
export const listenerSetSpec = object(
  'Further listeners for a Gateway that allows them.',
  {
    parentRef: object(
      'The Gateway.',
      { group: groupName('API group; absent: gateway.networking.k8s.io.'), kind: kindName('Kind; absent: Gateway.'), name: objectName('Name.'), namespace: namespaceName('Namespace; absent: the own one.') },
      { required: ['name'] },
    ),
    listeners,
  },
  { required: ['parentRef', 'listeners'] },
);

const targetKey = ({ group = '', kind, name }: PolicyTarget): string => JSON.stringify([group, kind, name]);
const targets = withRules(
  list(
    'Services (or ServiceEntries) it is for.',
    object('One of them.', { group: groupName('API group; empty for core.'), kind: kindName('Kind.'), name: objectName('Name.'), sectionName: sectionName('Name of one port; absent: all.') }, { required: ['group', 'kind', 'name'] }),
    { minItems: 1, maxItems: 16 },
  ),
  rule<readonly PolicyTarget[]>('sectionName must be specified when targetRefs includes 2 or more references to the same target', (all) =>
    [...Map.groupBy(all, targetKey).values()].every((same) => same.every(({ sectionName: section = '' }) => (section === '') === ((same[0]?.sectionName ?? '') === ''))),
  ),
  rule<readonly PolicyTarget[]>('sectionName must be unique when targetRefs includes 2 or more references to the same target', (all) => new Set(all.map((one) => targetKey(one) + JSON.stringify(one.sectionName ?? ''))).size === all.length),
);

type AltName = NonNullable<BackendValidation['subjectAltNames']>[number];
const altName = (type: 'Hostname' | 'URI', field: 'hostname' | 'uri') => [
  rule<AltName>(`SubjectAltName element must contain ${type}, if Type is set to ${type}`, (name) => name.type !== type || (name[field] ?? '') !== ''),
  rule<AltName>(`SubjectAltName element must not contain ${type}, if Type is not set to ${type}`, (name) => name.type === type || (name[field] ?? '') === ''),
];
const subjectAltName = withRules(
  object(
    'One name.',
    {
      type: oneOf('What it is.', { Hostname: 'A DNS name.', URI: 'A URI such as a SPIFFE id.' }),
      hostname: wildcardHost('The DNS name.'),
      uri: string('The URI.', { minLength: 1, maxLength: 253, pattern: /^(([^:/?#]+):)(\/\/([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?/, patternHelp: 'a URI with its scheme and authority' }),
    },
    { required: ['type'] },
  ),
  ...altName('Hostname', 'hostname'),
  ...altName('URI', 'uri'),
);
const hasReferences = ({ caCertificateRefs = [] }: BackendValidation): boolean => caCertificateRefs.length > 0;
const hasWellKnown = ({ wellKnownCACertificates = '' }: BackendValidation): boolean => wellKnownCACertificates !== '';
const validation = withRules(
  object(
    'How the certificate of the backend is verified.',
    {
      hostname: exactHost('Server name that is asked for, and that the certificate must have.'),
      caCertificateRefs: list('ConfigMaps with the authorities; the first is used.', fullReference('One of them.', false), { maxItems: 8 }),
      wellKnownCACertificates: string('System: the authorities that the proxy trusts anyway.', {
        minLength: 1,
        maxLength: 253,
        pattern: /^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$/,
        patternHelp: 'System, or domain/name',
      }),
      subjectAltNames: list('Names of which the certificate must have one, instead of the hostname.', subjectAltName, { maxItems: 5 }),
    },
    { required: ['hostname'] },
  ),
  rule<BackendValidation>('must not contain both CACertificateRefs and WellKnownCACertificates', (value) => !(hasReferences(value) && hasWellKnown(value))),
  rule<BackendValidation>('must specify either CACertificateRefs or WellKnownCACertificates', (value) => hasReferences(value) || hasWellKnown(value)),
);
export const backendTlsPolicySpec = object(
  'TLS towards backends, in the form of Gateway API.',
  { targetRefs: targets, validation, options: map('Settings of the implementation.', string('Value of this setting.', { maxLength: 4096 }), { maxItems: 16 }) },
  { required: ['targetRefs', 'validation'] },
);

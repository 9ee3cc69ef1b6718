import { isIpAddress } from '../rules/ip-address.ts';
import { fullReference, groupName, kindName, kubeSelector, namespaceName, objectName, portNumber, sectionName, secretReference, SUBDOMAIN, wildcardHost } from './gateway-api-fields.ts';
import { list, map, object, oneOf, rule, string, withRules } from './schema.ts';

/** Gateway API's Gateway, GatewayClass and ReferenceGrant. Source: kubernetes-sigs/gateway-api, standard channel. */
interface Address {
  readonly type?: string;
  readonly value?: string;
}
const uniqueAddress = (type: string) => (addresses: readonly Address[]) => {
  const values = addresses.filter((address) => (address.type ?? 'IPAddress') === type && address.value !== undefined).map(({ value }) => value);
  return new Set(values).size === values.length;
};
const address = withRules(
  object('One address.', {
    type: string('IPAddress (the default), Hostname, or a name with a domain.', { minLength: 1, maxLength: 253, pattern: /^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/, patternHelp: 'IPAddress, Hostname or domain/name' }),
    value: string('The address; absent: one is chosen.', { maxLength: 253 }),
  }),
  rule<Address>('Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)', ({ type, value }) => type !== 'Hostname' || value === undefined || SUBDOMAIN.test(value.replace(/^\*\./, ''))),
  rule<Address>('value must be an IP address when type is IPAddress', ({ type = 'IPAddress', value }) => type !== 'IPAddress' || value === undefined || isIpAddress(value)),
);

interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  readonly tls?: { readonly mode?: string };
}
interface ListenerTls {
  readonly mode?: string;
  readonly certificateRefs?: readonly unknown[];
  readonly options?: object;
}
const listenerTls = withRules(
  object('TLS of this listener.', {
    mode: oneOf('What happens to the encryption.', { Terminate: 'The gateway shows a certificate and opens it (the default).', Passthrough: 'It is passed on closed.' }),
    certificateRefs: list('Secrets with certificate and key.', secretReference('One secret.'), { maxItems: 64 }),
    options: map('Settings of the implementation.', string('Value of this setting.', { maxLength: 4096 }), { maxItems: 16 }),
  }),
  rule<ListenerTls>('certificateRefs or options must be specified when mode is Terminate', ({ mode = 'Terminate', certificateRefs = [], options = {} }) => mode !== 'Terminate' || certificateRefs.length + Object.keys(options).length > 0),
);
const allowedRoutes = object('Routes that may attach.', {
  namespaces: object('From which namespaces.', { from: oneOf('Which ones.', { All: 'All.', Selector: 'Those that the selector chooses.', Same: 'The own one (the default).' }), selector: kubeSelector('Namespaces, by their labels.') }),
  kinds: list('Of which kinds; absent: those that fit the protocol.', object('One kind.', { group: groupName('API group; absent: gateway.networking.k8s.io.'), kind: kindName('Kind.') }, { required: ['kind'] }), { maxItems: 8 }),
});
const listener = object(
  'One port that the gateway opens.',
  {
    name: sectionName('Name of the listener, unique in the Gateway.'),
    hostname: wildcardHost('Host it answers for; absent: all.'),
    port: portNumber('Port number.'),
    protocol: string('HTTP, HTTPS, TLS or TCP.', { minLength: 1, maxLength: 255, pattern: /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/, patternHelp: 'a protocol name' }),
    tls: listenerTls,
    allowedRoutes,
  },
  { required: ['name', 'port', 'protocol'] },
);
const distinct = (keyOf: (item: Listener) => string) => (items: readonly Listener[]) => new Set(items.map(keyOf)).size === items.length;
const PLAIN = ['HTTP', 'TCP', 'UDP'];
/** Of a Gateway, and of a ListenerSet. */
export const listeners = withRules(
  list('Ports to open.', listener, { minItems: 1, maxItems: 64, keys: ['name'] }),
  rule<readonly Listener[]>("tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']", (all) => all.every(({ protocol, tls }) => !PLAIN.includes(protocol) || tls === undefined)),
  rule<readonly Listener[]>('tls mode must be Terminate for protocol HTTPS', (all) => all.every(({ protocol, tls }) => protocol !== 'HTTPS' || (tls?.mode ?? 'Terminate') === 'Terminate')),
  rule<readonly Listener[]>('tls mode must be set for protocol TLS', (all) => all.every(({ protocol, tls }) => protocol !== 'TLS' || tls !== undefined)),
  rule<readonly Listener[]>("hostname must not be specified for protocols ['TCP', 'UDP']", (all) => all.every(({ protocol, hostname = '' }) => (protocol !== 'TCP' && protocol !== 'UDP') || hostname === '')),
  rule<readonly Listener[]>('Listener name must be unique within the Gateway', distinct(({ name }) => name)),
  rule<readonly Listener[]>('Combination of port, protocol and hostname must be unique for each listener', distinct(({ port, protocol, hostname }) => JSON.stringify([port, protocol, hostname]))),
);

const KEY = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const keyRules = (what: string) => [
  rule<object>(`${what} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`, (values) => Object.keys(values).every((key) => KEY.test(key))),
  rule<object>(`If specified, the ${what.toLowerCase()} key's prefix must be a DNS subdomain not longer than 253 characters in total.`, (values) => Object.keys(values).every((key) => (key.split('/')[0] ?? '').length < 253)),
];

const frontendTls = object('How client certificates are checked.', {
  validation: object(
    'The check.',
    {
      caCertificateRefs: list('Authorities that clients must be signed by.', fullReference('One ConfigMap or Secret.'), { minItems: 1, maxItems: 16 }),
      mode: oneOf('What a client without a good certificate gets.', { AllowValidOnly: 'Nothing (the default).', AllowInsecureFallback: 'It may pass.' }),
    },
    { required: ['caCertificateRefs'] },
  ),
});
const perPort = withRules(
  list('Settings for single ports.', object('One port.', { port: portNumber('Port number.'), tls: frontendTls }, { required: ['port', 'tls'] }), { maxItems: 64, keys: ['port'] }),
  rule<readonly { readonly port: number }[]>('Port for TLS configuration must be unique within the Gateway', (ports) => new Set(ports.map(({ port }) => port)).size === ports.length),
);

export const kubeGatewaySpec = object(
  'Ports at the edge of the mesh, in the form of Gateway API. Routes that name it say where traffic goes.',
  {
    gatewayClassName: objectName('GatewayClass that implements it.'),
    listeners,
    addresses: withRules(
      list('Addresses asked for.', address, { maxItems: 16 }),
      rule<readonly Address[]>('IPAddress values must be unique', uniqueAddress('IPAddress')),
      rule<readonly Address[]>('Hostname values must be unique', uniqueAddress('Hostname')),
    ),
    allowedListeners: object('ListenerSets that may attach.', {
      namespaces: object('From which namespaces.', { from: oneOf('Which ones.', { All: 'All.', Selector: 'Those that the selector chooses.', Same: 'The own one.', None: 'None (the default).' }), selector: kubeSelector('Namespaces, by their labels.') }),
    }),
    infrastructure: object('Settings of what is made for it.', {
      labels: withRules(map('Labels.', string('Value of this label.', { maxLength: 63, pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/, patternHelp: 'letters, digits, - _ .' }), { maxItems: 8 }), ...keyRules('Label')),
      annotations: withRules(map('Annotations.', string('Value of this annotation.', { maxLength: 4096 }), { maxItems: 16 }), ...keyRules('Annotation')),
      parametersRef: fullReference('Further settings.', false),
    }),
    tls: object('TLS for all listeners.', {
      backend: object('Towards the services.', { clientCertificateRef: secretReference('Certificate that the gateway shows.') }),
      frontend: object('Towards the clients.', { default: frontendTls, perPort }, { required: ['default'] }),
    }),
  },
  { required: ['gatewayClassName', 'listeners'] },
);

export const gatewayClassSpec = object(
  'A kind of gateways, and who implements it.',
  {
    controllerName: string('Controller, as domain/path.', { minLength: 1, maxLength: 253, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/, patternHelp: 'domain/path' }),
    description: string('What it is for.', { maxLength: 64 }),
    parametersRef: fullReference('Further settings.'),
  },
  { required: ['controllerName'] },
);

export const referenceGrantSpec = object(
  'Lets objects of other namespaces refer to objects of this one.',
  {
    from: list('Who may refer.', object('One kind in one namespace.', { group: groupName('API group.'), kind: kindName('Kind.'), namespace: namespaceName('Namespace.') }, { required: ['group', 'kind', 'namespace'] }), { minItems: 1, maxItems: 16 }),
    to: list('To what.', object('One kind, or one object.', { group: groupName('API group.'), kind: kindName('Kind.'), name: objectName('Name; absent: all of the kind.') }, { required: ['group', 'kind'] }), { minItems: 1, maxItems: 16 }),
  },
  { required: ['from', 'to'] },
);

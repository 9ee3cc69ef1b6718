import { mutualTlsMode, oneSelector, targetRef, targetRefs, workloadSelector } from './route-fields.ts';
import { as, list, map, object, oneOf, rule, string, strings, withRules } from './schema.ts';

const serviceAccounts = (help: string) => list(help, string('`serviceAccount` or `namespace/serviceAccount`.', { maxLength: 320 }), { maxItems: 16 });

const sourceFields = object('Who calls; all parts must hold, of each list one value.', {
  principals: strings('Identities from the certificate: `cluster.local/ns/shop/sa/cart`. `*`, prefix* and *suffix work.', 'An identity.'),
  notPrincipals: strings('Identities that are excluded; a caller without certificate is not excluded.', 'An identity.'),
  requestPrincipals: strings('Identities from a token, as issuer/subject.', 'An issuer/subject.'),
  notRequestPrincipals: strings('Token identities that are excluded; `*` means "has no token".', 'An issuer/subject.'),
  namespaces: strings('Namespaces of the caller, from its certificate.', 'A namespace.'),
  notNamespaces: strings('Namespaces that are excluded.', 'A namespace.'),
  serviceAccounts: serviceAccounts('Service accounts of the caller, from its certificate.'),
  notServiceAccounts: serviceAccounts('Service accounts that are excluded.'),
  trustDomains: strings('Trust domains of the caller.', 'A trust domain.'),
  notTrustDomains: strings('Trust domains that are excluded.', 'A trust domain.'),
  ipBlocks: strings('Addresses of the direct peer.', 'An IP or CIDR.'),
  notIpBlocks: strings('Peer addresses that are excluded.', 'An IP or CIDR.'),
  remoteIpBlocks: strings('Original client addresses, from X-Forwarded-For.', 'An IP or CIDR.'),
  notRemoteIpBlocks: strings('Original client addresses that are excluded.', 'An IP or CIDR.'),
});

const source = withRules(
  sourceFields,
  rule<Readonly<Record<string, unknown>>>('Cannot set serviceAccounts with namespaces or principals', (fields) => {
    const any = (...names: readonly string[]): boolean => names.some((name) => Object.hasOwn(fields, name));
    return !any('serviceAccounts', 'notServiceAccounts') || !any('principals', 'notPrincipals', 'namespaces', 'notNamespaces');
  }),
);

const operation = object('What is asked for; all parts must hold, of each list one value.', {
  hosts: strings('Hosts, in any case.', 'A host.'),
  notHosts: strings('Hosts that are excluded.', 'A host.'),
  ports: strings('Ports of the workload.', 'A port number in quotes.'),
  notPorts: strings('Ports that are excluded.', 'A port number in quotes.'),
  methods: strings('HTTP methods.', 'A method.'),
  notMethods: strings('Methods that are excluded.', 'A method.'),
  paths: strings('Paths without the query: exact, prefix*, *suffix, or with {*} and {**}.', 'A path.'),
  notPaths: strings('Paths that are excluded.', 'A path.'),
});

const condition = object(
  'One further condition.',
  { key: string('Attribute, such as request.headers[x-team] or source.ip.'), values: strings('Accepted values.', 'A value.'), notValues: strings('Values that are excluded.', 'A value.') },
  { required: ['key'] },
);

export const authorizationPolicySpec = withRules(
  object('Who may call a workload, and what. DENY is looked at before ALLOW; once an ALLOW policy applies, what none of them lists is refused.', {
    selector: workloadSelector,
    targetRef: as('Old form of targetRefs.', targetRef),
    targetRefs: as('Objects this policy is attached to, instead of a selector.', targetRefs),
    action: oneOf('What happens to requests that match.', {
      ALLOW: 'They are allowed (the default).',
      DENY: 'They are refused.',
      AUDIT: 'They are marked for the audit log.',
      CUSTOM: 'An outside authorizer decides.',
    }),
    rules: list(
      'One that matches is enough. None: nothing matches. An empty rule `{}` matches everything.',
      object('One rule; from, to and when must all hold.', {
        from: list('Callers; one that holds is enough.', object('One caller.', { source }), { maxItems: 512 }),
        to: list('Operations; one that holds is enough.', object('One operation.', { operation })),
        when: list('Further conditions; all must hold.', condition),
      }),
      { maxItems: 512 },
    ),
    provider: object('The outside authorizer of CUSTOM.', { name: string('Its name in the mesh configuration.') }),
  }),
  oneSelector,
);

interface PeerSettings {
  readonly selector?: { readonly matchLabels?: object };
  readonly portLevelMtls?: object;
}
export const peerAuthenticationSpec = withRules(
  object('Whether workloads insist on mutual TLS.', {
    selector: workloadSelector,
    mtls: object('The mode for all ports.', { mode: mutualTlsMode }),
    portLevelMtls: withRules(
      map('Modes for single ports of the workload; needs a selector.', object('The mode for this port.', { mode: mutualTlsMode }), { minItems: 1 }),
      rule<object>('port must be between 1-65535', (ports) => Object.keys(ports).every((port) => /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= 65_535)),
    ),
  }),
  rule<PeerSettings>('portLevelMtls requires selector', ({ portLevelMtls, selector }) => portLevelMtls === undefined || Object.keys(selector?.matchLabels ?? {}).length > 0),
);

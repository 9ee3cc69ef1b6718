import { atMostOne, labelsSelector, portRange, targetRefs } from './route-fields.ts';
import { freeForm, int, list, map, object, oneOf, rule, string, uint, withRules } from './schema.ts';

const subFilter = object('A filter inside it.', { name: string('Name of the filter.') });
const filter = object('A filter of the chain.', { name: string('Name of the filter.'), subFilter });

const listener = object('Which listeners.', {
  name: string('Name of the listener.'),
  portNumber: uint('Its port.'),
  portName: string('Reserved.'),
  listenerFilter: string('Name of a listener filter.'),
  filterChain: object('Which filter chain.', {
    name: string('Name of the chain.'),
    sni: string('Server name it matches.'),
    transportProtocol: string('Transport it matches, such as tls.'),
    transportSocket: string('Its transport socket.'),
    applicationProtocols: string('ALPN values it matches.'),
    destinationPort: uint('Destination port it matches.'),
    filter,
  }),
});
const routeConfiguration = object('Which routes.', {
  name: string('Name of the route configuration.'),
  portNumber: uint('Port it is for.'),
  portName: string('Name of the port, at gateways.'),
  gateway: string('Gateway it is for, as namespace/name.'),
  vhost: object('Which virtual host.', {
    name: string('Name of the virtual host.'),
    domainName: string('A domain of it.'),
    route: object('Which route.', { name: string('Name of the route.'), action: oneOf('What it does.', { ANY: 'Anything.', ROUTE: 'It forwards.', REDIRECT: 'It redirects.', DIRECT_RESPONSE: 'It answers.' }) }),
  }),
});
const cluster = object('Which clusters.', { name: string('Name of the cluster.'), portNumber: uint('Its port.'), service: string('Its service.'), subset: string('Its subset.') });
const waypoint = object('Which part of a waypoint.', { portNumber: withRules(uint('Port of the service.'), portRange), filter, route: object('Which route.', { name: string('Name of the route.') }) });

interface Match {
  readonly context?: string;
  readonly waypoint?: unknown;
}
const match = withRules(
  object(
    'What the patch applies to.',
    {
      context: oneOf('Kind of proxy and direction.', { ANY: 'All (the default).', SIDECAR_INBOUND: 'Traffic to a workload.', SIDECAR_OUTBOUND: 'Traffic from a workload.', GATEWAY: 'Gateways.', WAYPOINT: 'Waypoints.' }),
      proxy: object('Which proxies.', { proxyVersion: string('RE2 expression for the version.'), metadata: map('Metadata that the proxy must have.', string('Value.')) }),
      listener,
      routeConfiguration,
      cluster,
      waypoint,
    },
    { exclusive: [['listener', 'routeConfiguration', 'cluster', 'waypoint']] },
  ),
  rule<Match>('only support waypointMatch when context is WAYPOINT', (value) => (value.context === 'WAYPOINT') === (value.waypoint !== undefined)),
);

const patch = object('The change.', {
  operation: oneOf('How the value is used.', {
    INVALID: 'Not usable.',
    MERGE: 'Merge it into the object.',
    ADD: 'Add it to the list.',
    REMOVE: 'Remove the object.',
    INSERT_BEFORE: 'Put it before the matched object.',
    INSERT_AFTER: 'Put it after the matched object.',
    INSERT_FIRST: 'Put it first.',
    REPLACE: 'Put it in place of the object.',
    MERGE_AND_REPLACE_LIST: 'Merge it, lists being replaced.',
  }),
  filterClass: oneOf('Where among the filters it is added.', { UNSPECIFIED: 'At the end.', AUTHN: 'After authentication.', AUTHZ: 'After authorization.', STATS: 'Before metrics.' }),
  value: freeForm('Envoy configuration of the object, as JSON of its proto.'),
});

export const envoyFilterSpec = withRules(
  object('Changes to the Envoy configuration of proxies. Only local rate limits are obeyed; anything else is reported in the status.', {
    workloadSelector: labelsSelector('Proxies this applies to; absent: all of the namespace.'),
    targetRefs,
    configPatches: list(
      'Patches, in order.',
      object('One patch.', {
        applyTo: oneOf('Kind of object that is changed.', {
          INVALID: 'Not usable.',
          LISTENER: 'A listener.',
          FILTER_CHAIN: 'A filter chain.',
          NETWORK_FILTER: 'A network filter.',
          HTTP_FILTER: 'An HTTP filter.',
          ROUTE_CONFIGURATION: 'A route configuration.',
          VIRTUAL_HOST: 'A virtual host.',
          HTTP_ROUTE: 'A route.',
          CLUSTER: 'A cluster.',
          EXTENSION_CONFIG: 'Configuration of an extension.',
          BOOTSTRAP: 'The bootstrap.',
          LISTENER_FILTER: 'A listener filter.',
        }),
        match,
        patch,
      }),
    ),
    priority: int('Order among patches: lower first; 0 if absent.'),
  }),
  atMostOne('only one of targetRefs or workloadSelector can be set', 'workloadSelector', 'targetRefs'),
);

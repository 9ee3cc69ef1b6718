import { apiVersionOf, KINDS } from '../kinds.ts';
import { bindingFields, clusterRoleFields, leaseSpec, roleFields, secretFields, serviceAccountFields } from './access-control.ts';
import { canaryRolloutSpec } from './canary-rollout.ts';
import { configMapFields, eventFields, namespaceSpec, serviceSpec } from './core-kinds.ts';
import { destinationRuleSpec } from './destination-rule.ts';
import { envoyFilterSpec } from './envoy-filter.ts';
import { backendTlsPolicySpec, listenerSetSpec } from './gateway-attachments.ts';
import { gatewaySpec } from './gateway.ts';
import { httpRouteSpec } from './http-route.ts';
import { gatewayClassSpec, kubeGatewaySpec, referenceGrantSpec } from './kube-gateway.ts';
import { grpcRouteSpec, tcpRouteSpec, tlsRouteSpec } from './more-routes.ts';
import { prometheusRuleSpec } from './prometheus-rule.ts';
import { proxyConfigSpec, trafficExtensionSpec, wasmPluginSpec } from './proxy-extensions.ts';
import { rateLimitPolicySpec } from './rate-limit-policy.ts';
import { requestAuthenticationSpec } from './request-authentication.ts';
import { any, int, list, map, object, oneOf, orNull, string, strings } from './schema.ts';
import type { ObjectSchema, Schema } from './schema.ts';
import { authorizationPolicySpec, peerAuthenticationSpec } from './security.ts';
import { serviceEntrySpec, workloadEntrySpec } from './service-entry.ts';
import { sidecarSpec } from './sidecar.ts';
import { telemetrySpec } from './telemetry.ts';
import { virtualServiceSpec } from './virtual-service.ts';
import { workloadGroupSpec } from './workload-group.ts';

const metadata = object('Name and labels of the object.', {
  name: string('Name, unique in its kind and namespace.'),
  generateName: string('Prefix from which a unique name is made.'),
  namespace: string('Namespace of the object.'),
  labels: map('Labels for selecting.', string('Value of this label.')),
  annotations: map('Notes for programs.', string('Value of this annotation.')),
  uid: string('Unique id, set by the API.'),
  resourceVersion: string('Version of the stored object, set by the API; send it back to refuse a lost update.'),
  generation: int('Count of changes to the spec, set by the API.', {}),
  creationTimestamp: orNull(string('When it was made, set by the API.')),
  deletionTimestamp: orNull(string('When deletion was asked for, set by the API.')),
  deletionGracePeriodSeconds: orNull(int('Time left to finish, set by the API.', {})),
  finalizers: strings('Who must act before it is deleted.', 'A finalizer.'),
  ownerReferences: list('Objects this one belongs to.', any('One owner.')),
  managedFields: list('Who set which field.', any('One entry.')),
  selfLink: string('Old; ignored.'),
});

/** What a kind has besides apiVersion, kind and metadata. Only the kinds with `specRequired` need a spec. */
const BODIES: Readonly<Record<string, { readonly spec: ObjectSchema; readonly specRequired?: true } | { readonly fields: Readonly<Record<string, Schema>>; readonly required?: readonly string[] }>> = {
  Namespace: { spec: namespaceSpec },
  Service: { spec: serviceSpec },
  ConfigMap: { fields: configMapFields },
  Secret: { fields: secretFields },
  ServiceAccount: { fields: serviceAccountFields },
  Event: { fields: eventFields },
  Lease: { spec: leaseSpec },
  Role: { fields: roleFields },
  RoleBinding: { fields: bindingFields, required: ['roleRef'] },
  ClusterRole: { fields: clusterRoleFields },
  ClusterRoleBinding: { fields: bindingFields, required: ['roleRef'] },
  WorkloadEntry: { spec: workloadEntrySpec, specRequired: true },
  WorkloadGroup: { spec: workloadGroupSpec, specRequired: true },
  VirtualService: { spec: virtualServiceSpec },
  DestinationRule: { spec: destinationRuleSpec },
  Gateway: { spec: gatewaySpec },
  ServiceEntry: { spec: serviceEntrySpec, specRequired: true },
  Sidecar: { spec: sidecarSpec },
  EnvoyFilter: { spec: envoyFilterSpec },
  ProxyConfig: { spec: proxyConfigSpec },
  AuthorizationPolicy: { spec: authorizationPolicySpec },
  PeerAuthentication: { spec: peerAuthenticationSpec },
  RequestAuthentication: { spec: requestAuthenticationSpec },
  Telemetry: { spec: telemetrySpec },
  WasmPlugin: { spec: wasmPluginSpec, specRequired: true },
  TrafficExtension: { spec: trafficExtensionSpec, specRequired: true },
  K8sGateway: { spec: kubeGatewaySpec, specRequired: true },
  GatewayClass: { spec: gatewayClassSpec, specRequired: true },
  HTTPRoute: { spec: httpRouteSpec, specRequired: true },
  GRPCRoute: { spec: grpcRouteSpec },
  TLSRoute: { spec: tlsRouteSpec, specRequired: true },
  TCPRoute: { spec: tcpRouteSpec, specRequired: true },
  ListenerSet: { spec: listenerSetSpec, specRequired: true },
  BackendTLSPolicy: { spec: backendTlsPolicySpec, specRequired: true },
  ReferenceGrant: { spec: referenceGrantSpec, specRequired: true },
  RateLimitPolicy: { spec: rateLimitPolicySpec, specRequired: true },
  CanaryRollout: { spec: canaryRolloutSpec, specRequired: true },
  PrometheusRule: { spec: prometheusRuleSpec, specRequired: true },
};

const SCHEMAS: ReadonlyMap<string, ObjectSchema> = new Map(
  KINDS.flatMap((info) => {
    const body = BODIES[info.id];
    if (body === undefined) return [];
    const own: Record<string, Schema> = 'spec' in body ? { spec: body.spec, status: any('State, written by controllers.') } : { ...body.fields };
    const schema = object(
      'spec' in body ? body.spec.help : info.kind,
      {
        apiVersion: oneOf('Group and version of the kind.', Object.fromEntries(info.versions.map((version) => [info.group === '' ? version : `${info.group}/${version}`, version === info.versions[0] ? `${apiVersionOf(info)}, the stored version.` : 'Also served.']))),
        kind: oneOf('Kind of the object.', { [info.kind]: 'This kind.' }),
        metadata,
        ...own,
      },
      { required: ['apiVersion', 'kind', 'metadata', ...('spec' in body ? (body.specRequired === true ? ['spec'] : []) : (body.required ?? []))] },
    );
    return [[info.id, schema] as const];
  }),
);

/** The schema of a whole object of a served kind, by the kind's id; undefined for a kind whose objects are not checked. */
export function schemaOf(kindId: string): ObjectSchema | undefined {
  return SCHEMAS.get(kindId);
}

import { apiVersionOf, KINDS } from '../kinds.ts';
import { canaryRolloutSpec } from './canary-rollout.ts';
import { configMapFields, eventFields, namespaceSpec, serviceSpec } from './core-kinds.ts';
import { destinationRuleSpec } from './destination-rule.ts';
import { gatewaySpec } from './gateway.ts';
import { prometheusRuleSpec } from './prometheus-rule.ts';
import { any, int, list, map, object, oneOf, orNull, string, strings } from './schema.ts';
import type { ObjectSchema, Schema } from './schema.ts';
import { authorizationPolicySpec, peerAuthenticationSpec } from './security.ts';
import { serviceEntrySpec, workloadEntrySpec } from './service-entry.ts';
import { virtualServiceSpec } from './virtual-service.ts';

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
const BODIES: Readonly<Record<string, { readonly spec: ObjectSchema; readonly specRequired?: true } | { readonly fields: Readonly<Record<string, Schema>> }>> = {
  Namespace: { spec: namespaceSpec },
  Service: { spec: serviceSpec },
  ConfigMap: { fields: configMapFields },
  Event: { fields: eventFields },
  WorkloadEntry: { spec: workloadEntrySpec, specRequired: true },
  VirtualService: { spec: virtualServiceSpec },
  DestinationRule: { spec: destinationRuleSpec },
  Gateway: { spec: gatewaySpec },
  ServiceEntry: { spec: serviceEntrySpec, specRequired: true },
  AuthorizationPolicy: { spec: authorizationPolicySpec },
  PeerAuthentication: { spec: peerAuthenticationSpec },
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
      { required: ['apiVersion', 'kind', 'metadata', ...('spec' in body && body.specRequired === true ? ['spec'] : [])] },
    );
    return [[info.id, schema] as const];
  }),
);

/** The schema of a whole object of a served kind, by the kind's id; undefined for a kind whose objects are not checked. */
export function schemaOf(kindId: string): ObjectSchema | undefined {
  return SCHEMAS.get(kindId);
}

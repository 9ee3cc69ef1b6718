import { messageTypes } from './message-types.ts';

const OBJECT = { metadata: [1, 'ObjectMeta'] } as const;
const BINDING = { ...OBJECT, subjects: [2, '[]Subject'], roleRef: [3, 'RoleRef'] } as const;
const ACCESS_REVIEW = { ...OBJECT, spec: [2, 'SubjectAccessReviewSpec'] } as const;

/**
 * The messages of the built-in kinds that clients send as protobuf, under the names of the kinds. Fields that are not here (status, mostly) are skipped.
 * Source: the generated.proto files of k8s.io/api (core, coordination, rbac, authentication, authorization) and k8s.io/apimachinery.
 */
export const KUBE_MESSAGES = messageTypes('k8s', {
  Unknown: { typeMeta: [1, 'TypeMeta'], raw: [2, 'bytes'], contentEncoding: [3, 'string'], contentType: [4, 'string'] },
  TypeMeta: { apiVersion: [1, 'string'], kind: [2, 'string'] },
  Time: { seconds: [1, 'int64'], nanos: [2, 'int32'] },
  MicroTime: { seconds: [1, 'int64'], nanos: [2, 'int32'] },
  IntOrString: { type: [1, 'int64'], intVal: [2, 'int32'], strVal: [3, 'string'] },
  FieldsV1: { raw: [1, 'bytes'] },
  ObjectMeta: {
    name: [1, 'string'], generateName: [2, 'string'], namespace: [3, 'string'], selfLink: [4, 'string'], uid: [5, 'string'], resourceVersion: [6, 'string'],
    generation: [7, 'int64'], creationTimestamp: [8, 'Time'], deletionTimestamp: [9, 'Time'], deletionGracePeriodSeconds: [10, 'int64'],
    labels: [11, '{}string'], annotations: [12, '{}string'], ownerReferences: [13, '[]OwnerReference'], finalizers: [14, '[]string'], managedFields: [17, '[]ManagedFieldsEntry'],
  },
  OwnerReference: { apiVersion: [5, 'string'], kind: [1, 'string'], name: [3, 'string'], uid: [4, 'string'], controller: [6, 'bool'], blockOwnerDeletion: [7, 'bool'] },
  ManagedFieldsEntry: { manager: [1, 'string'], operation: [2, 'string'], apiVersion: [3, 'string'], time: [4, 'Time'], fieldsType: [6, 'string'], fieldsV1: [7, 'FieldsV1'], subresource: [8, 'string'] },
  DeleteOptions: { gracePeriodSeconds: [1, 'int64'], preconditions: [2, 'Preconditions'], orphanDependents: [3, 'bool'], propagationPolicy: [4, 'string'], dryRun: [5, '[]string'] },
  Preconditions: { uid: [1, 'string'], resourceVersion: [2, 'string'] },
  LabelSelector: { matchLabels: [1, '{}string'], matchExpressions: [2, '[]LabelSelectorRequirement'] },
  LabelSelectorRequirement: { key: [1, 'string'], operator: [2, 'string'], values: [3, '[]string'] },

  Namespace: { ...OBJECT, spec: [2, 'NamespaceSpec'] },
  NamespaceSpec: { finalizers: [1, '[]string'] },
  ConfigMap: { ...OBJECT, data: [2, '{}string'], binaryData: [3, '{}bytes'], immutable: [4, 'bool'] },
  Secret: { ...OBJECT, data: [2, '{}bytes'], type: [3, 'string'], stringData: [4, '{}string'], immutable: [5, 'bool'] },
  Service: { ...OBJECT, spec: [2, 'ServiceSpec'] },
  ServiceSpec: {
    ports: [1, '[]ServicePort'], selector: [2, '{}string'], clusterIP: [3, 'string'], type: [4, 'string'], externalIPs: [5, '[]string'], sessionAffinity: [7, 'string'], loadBalancerIP: [8, 'string'],
    loadBalancerSourceRanges: [9, '[]string'], externalName: [10, 'string'], externalTrafficPolicy: [11, 'string'], publishNotReadyAddresses: [13, 'bool'], ipFamilyPolicy: [17, 'string'],
    clusterIPs: [18, '[]string'], ipFamilies: [19, '[]string'], internalTrafficPolicy: [22, 'string'],
  },
  ServicePort: { name: [1, 'string'], protocol: [2, 'string'], port: [3, 'int32'], targetPort: [4, 'IntOrString'], nodePort: [5, 'int32'], appProtocol: [6, 'string'] },
  ServiceAccount: { ...OBJECT, secrets: [2, '[]ObjectReference'], imagePullSecrets: [3, '[]LocalObjectReference'], automountServiceAccountToken: [4, 'bool'] },
  ObjectReference: { kind: [1, 'string'], namespace: [2, 'string'], name: [3, 'string'], uid: [4, 'string'], apiVersion: [5, 'string'], resourceVersion: [6, 'string'], fieldPath: [7, 'string'] },
  LocalObjectReference: { name: [1, 'string'] },
  Event: {
    ...OBJECT, involvedObject: [2, 'ObjectReference'], reason: [3, 'string'], message: [4, 'string'], source: [5, 'EventSource'], firstTimestamp: [6, 'Time'], lastTimestamp: [7, 'Time'], count: [8, 'int32'],
    type: [9, 'string'], eventTime: [10, 'MicroTime'], series: [11, 'EventSeries'], action: [12, 'string'], related: [13, 'ObjectReference'], reportingComponent: [14, 'string'], reportingInstance: [15, 'string'],
  },
  EventSource: { component: [1, 'string'], host: [2, 'string'] },
  EventSeries: { count: [1, 'int32'], lastObservedTime: [2, 'MicroTime'] },
  Lease: { ...OBJECT, spec: [2, 'LeaseSpec'] },
  LeaseSpec: { holderIdentity: [1, 'string'], leaseDurationSeconds: [2, 'int32'], acquireTime: [3, 'MicroTime'], renewTime: [4, 'MicroTime'], leaseTransitions: [5, 'int32'] },
  Role: { ...OBJECT, rules: [2, '[]PolicyRule'] },
  ClusterRole: { ...OBJECT, rules: [2, '[]PolicyRule'], aggregationRule: [3, 'AggregationRule'] },
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  PolicyRule: { verbs: [1, '[]string'], apiGroups: [2, '[]string'], resources: [3, '[]string'], resourceNames: [4, '[]string'], nonResourceURLs: [5, '[]string'] },
  Subject: { kind: [1, 'string'], apiGroup: [2, 'string'], name: [3, 'string'], namespace: [4, 'string'] },
  RoleRef: { apiGroup: [1, 'string'], kind: [2, 'string'], name: [3, 'string'] },
  AggregationRule: { clusterRoleSelectors: [1, '[]LabelSelector'] },

  TokenRequest: { ...OBJECT, spec: [2, 'TokenRequestSpec'] },
  TokenRequestSpec: { audiences: [1, '[]string'], boundObjectRef: [3, 'BoundObjectReference'], expirationSeconds: [4, 'int64'] },
  BoundObjectReference: { kind: [1, 'string'], apiVersion: [2, 'string'], name: [3, 'string'], uid: [4, 'string'] },
  TokenReview: { ...OBJECT, spec: [2, 'TokenReviewSpec'] },
  TokenReviewSpec: { token: [1, 'string'], audiences: [2, '[]string'] },
  SelfSubjectReview: OBJECT,
  SelfSubjectAccessReview: { ...OBJECT, spec: [2, 'SelfSubjectAccessReviewSpec'] },
  SelfSubjectAccessReviewSpec: { resourceAttributes: [1, 'ResourceAttributes'], nonResourceAttributes: [2, 'NonResourceAttributes'] },
  ResourceAttributes: { namespace: [1, 'string'], verb: [2, 'string'], group: [3, 'string'], version: [4, 'string'], resource: [5, 'string'], subresource: [6, 'string'], name: [7, 'string'] },
  NonResourceAttributes: { path: [1, 'string'], verb: [2, 'string'] },
  SelfSubjectRulesReview: { ...OBJECT, spec: [2, 'SelfSubjectRulesReviewSpec'] },
  SelfSubjectRulesReviewSpec: { namespace: [1, 'string'] },
  SubjectAccessReview: ACCESS_REVIEW,
  LocalSubjectAccessReview: ACCESS_REVIEW,
  SubjectAccessReviewSpec: { resourceAttributes: [1, 'ResourceAttributes'], nonResourceAttributes: [2, 'NonResourceAttributes'], user: [3, 'string'], groups: [4, '[]string'], uid: [6, 'string'] },
});

import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { KindInfo } from './kinds.ts';
import type { ObjectMeta } from './kube-object.ts';
import { checkLabels, isQualifiedName } from './rules/label-rules.ts';

/** RFC 1123 subdomain and label as Kubernetes wants them in names: lower case. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX_NAME = 253;
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const DRY_RUN = 'istio.io/dry-run';
/** Set by Istio itself; from outside they would raise privileges or are meant to fail. */
const RESERVED_ANNOTATIONS = ['internal.istio.io/webhook-always-reject', 'internal.istio.io/parent-namespace', 'internal.istio.io/parents'];

/** Checks name, namespace, labels and annotations as an API server does for every kind. `metadata` has passed its schema. */
export function checkMetadata(metadata: Partial<ObjectMeta> & { readonly generateName?: string }, info: KindInfo, issues: IssueSink): void {
  checkName(metadata, info, issues);
  const { namespace } = metadata;
  if (namespace !== undefined && !LABEL.test(namespace)) issues.error('metadata.namespace', `${JSON.stringify(namespace)} is not a namespace`, { expected: 'lower case letters, digits and -, at most 63' });
  if (namespace !== undefined && !info.namespaced) issues.error('metadata.namespace', `a ${info.kind} has no namespace`, { expected: 'leave it out' });
  checkLabels(metadata.labels, 'metadata.labels', issues);
  checkAnnotations(metadata.annotations ?? {}, issues);
}

function checkName(metadata: { readonly name?: string; readonly generateName?: string }, info: KindInfo, issues: IssueSink): void {
  // The API server makes the name of an object that only has generateName.
  const { name = metadata.generateName === undefined ? undefined : `${metadata.generateName}x` } = metadata;
  if (name === undefined || name === '') return issues.error('metadata.name', 'name is required', { expected: 'lower case letters, digits, - and .', code: 'required' });
  if (info.kind === 'Namespace' ? !LABEL.test(name) : name.length > MAX_NAME || !SUBDOMAIN.test(name)) {
    issues.error('metadata.name', `${JSON.stringify(name)} is not a name`, { expected: info.kind === 'Namespace' ? 'lower case letters, digits and -, at most 63' : 'lower case letters, digits, - and ., at most 253 (RFC 1123)', code: 'format' });
  }
}

function checkAnnotations(annotations: Readonly<Record<string, string>>, issues: IssueSink): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    bytes += key.length + value.length;
    if (!isQualifiedName(key)) issues.error(joinPath('metadata.annotations', key), `${JSON.stringify(key)} is not an annotation name`, { expected: 'letters, digits, - _ . and an optional prefix/' });
  }
  if (bytes > MAX_ANNOTATIONS_BYTES) issues.error('metadata.annotations', 'the annotations are too large', { expected: 'at most 256 kB together' });
}

/**
 * What istiod checks of the annotations of its kinds, before anything else: those that only it may set, and the dry run
 * of an AuthorizationPolicy, whose `action` is absent for other kinds.
 */
export function checkIstioAnnotations(annotations: Readonly<Record<string, string>>, action: string | undefined, issues: IssueSink): void {
  for (const key of RESERVED_ANNOTATIONS) {
    if (annotations[key] !== undefined) issues.error(joinPath('metadata.annotations', key), 'this annotation is set by the control plane only', { expected: 'leave it out' });
  }
  const dryRun = annotations[DRY_RUN];
  if (dryRun === undefined) return;
  const place = joinPath('metadata.annotations', DRY_RUN);
  if (action !== 'ALLOW' && action !== 'DENY') issues.error(place, 'only an ALLOW or DENY AuthorizationPolicy can be a dry run', { expected: 'leave it out' });
  else if (!/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(dryRun)) issues.error(place, `${JSON.stringify(dryRun)} is not true or false`, { expected: '"true" or "false"' });
}

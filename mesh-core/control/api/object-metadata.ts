import { joinPath, type FieldIssue } from '#mesh-core/domain/resources/field-issue.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { isJsonObject } from './merge-patch.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const MAX_ANNOTATION_BYTES = 256 * 1024;

/**
 * Checks metadata by Kubernetes' rules, whatever the kind: name, labels, annotations and the types of the rest. Only what the API server itself relies
 * on; the spec is the validator's. Source: Kubernetes, "Object Names and IDs", "Labels and Selectors", "Annotations".
 */
export function checkMetadata(kind: KindInfo, object: KubeObject): readonly FieldIssue[] {
  const metadata: Readonly<Record<string, unknown>> = { ...object.metadata };
  return [
    ...nameIssues(kind, metadata['name']),
    ...['resourceVersion', 'uid', 'namespace', 'generateName'].flatMap((key) => typeIssue(metadata, key)),
    ...mapIssues('metadata.labels', metadata['labels'], labelValueIssue),
    ...mapIssues('metadata.annotations', metadata['annotations'], () => undefined),
    ...annotationSizeIssues(metadata['annotations']),
  ];
}

/** Is it a DNS label (RFC 1123): the form of namespace and service-account names? */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

function nameIssues(kind: KindInfo, name: unknown): FieldIssue[] {
  const path = 'metadata.name';
  if (typeof name !== 'string' || name === '') return [{ path, message: 'name or generateName is required' }];
  if (kind.kind === 'Service') {
    return name.length <= 63 && SERVICE_NAME.test(name) ? [] : [{ path, message: `"${clip(name)}" is no service name`, expected: 'at most 63 lower-case letters, digits and -, beginning with a letter' }];
  }
  if (kind.kind === 'Namespace') return isDnsLabel(name) ? [] : [{ path, message: `"${clip(name)}" is no namespace name`, expected: 'at most 63 lower-case letters, digits and -' }];
  return name.length <= 253 && SUBDOMAIN.test(name) ? [] : [{ path, message: `"${clip(name)}" is no object name`, expected: 'at most 253 lower-case letters, digits, - and ., beginning and ending with a letter or digit' }];
}

function typeIssue(metadata: Readonly<Record<string, unknown>>, key: string): FieldIssue[] {
  const value = metadata[key];
  return value === undefined || typeof value === 'string' ? [] : [{ path: `metadata.${key}`, message: 'is not text', expected: 'a string' }];
}

function mapIssues(path: string, map: unknown, valueIssue: (value: string) => string | undefined): FieldIssue[] {
  if (map === undefined) return [];
  if (!isJsonObject(map)) return [{ path, message: 'is not a map', expected: 'a map of strings' }];
  return Object.entries(map).flatMap(([key, value]) => {
    const at = joinPath(path, clip(key));
    if (!isQualifiedName(key)) return [{ path: at, message: 'the key is not a qualified name', expected: 'an optional DNS prefix and /, then at most 63 letters, digits, -, _ and .' }];
    if (typeof value !== 'string') return [{ path: at, message: `the value is ${value === null ? 'null' : `a ${typeof value}`}`, expected: 'a string (quote numbers and booleans)' }];
    const message = valueIssue(value);
    return message === undefined ? [] : [{ path: at, message, expected: 'at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit' }];
  });
}

function labelValueIssue(value: string): string | undefined {
  return value === '' || (value.length <= 63 && QUALIFIED.test(value)) ? undefined : `"${clip(value)}" is no label value`;
}

function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  return name.length <= 63 && QUALIFIED.test(name) && (prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix)));
}

function annotationSizeIssues(annotations: unknown): FieldIssue[] {
  if (!isJsonObject(annotations)) return [];
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0), 0);
  return bytes <= MAX_ANNOTATION_BYTES ? [] : [{ path: 'metadata.annotations', message: `have ${bytes} bytes in all`, expected: `at most ${MAX_ANNOTATION_BYTES}` }];
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

import { createIssueList } from './field-issue.ts';
import type { FieldIssue, IssueSink } from './field-issue.ts';
import { KINDS, kindByApiVersion } from './kinds.ts';
import type { KindInfo } from './kinds.ts';
import type { KubeObject } from './kube-object.ts';
import { checkRules } from './schema/check-rules.ts';
import { schemaOf } from './schema/schema-of.ts';
import { validateStructure } from './schema/validate-structure.ts';
import { checkMetadata } from './validate-metadata.ts';

/**
 * The first of the two levels of validation: what an API server says by the schema of the kind. Known kind and version,
 * structure (unknown fields, types, required fields, limits, keys of lists) and, once all fields have the right type,
 * names and labels, and the schema's rules (CEL rules of the CRDs). Gives every error with its path, in Kubernetes'
 * words; an empty list for an object that the schema admits. Never throws, whatever the value.
 */
export function validateSchema(object: unknown): readonly FieldIssue[] {
  const issues = createIssueList();
  const info = kindOf(object, issues);
  const schema = info === undefined ? undefined : schemaOf(info.id);
  if (info === undefined || schema === undefined) return issues.errors;
  validateStructure(object, schema, '', issues);
  if (!hasRightTypes(issues.errors)) return issues.errors;
  // Safe: the schema has just checked every field that is read.
  checkMetadata((object as KubeObject).metadata, info, issues);
  checkRules(object, schema, '', issues);
  return issues.errors;
}

/** Do the errors leave an object whose known fields can be read as their types say? Unknown fields do not matter. */
export function hasRightTypes(errors: readonly FieldIssue[]): boolean {
  return errors.every(({ code }) => code === 'unknown-field');
}

function kindOf(object: unknown, issues: IssueSink): KindInfo | undefined {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    issues.error('', 'not an object', { expected: 'an object with apiVersion, kind and metadata', code: 'type' });
    return undefined;
  }
  const { apiVersion, kind } = object as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || kind === '') {
    issues.error('kind', 'Required value', { expected: KINDS.map((info) => info.kind).join(', '), code: 'required' });
    return undefined;
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    issues.error('apiVersion', 'Required value', { expected: expectedVersions(kind), code: 'required' });
    return undefined;
  }
  const info = kindByApiVersion(apiVersion, kind);
  if (info !== undefined) return info;
  const known = KINDS.some((candidate) => candidate.kind === kind);
  if (known) issues.error('apiVersion', `${kind} is not served in ${JSON.stringify(apiVersion)}`, { expected: expectedVersions(kind), code: 'unknown-kind' });
  else issues.error('kind', `unknown kind ${JSON.stringify(kind)}`, { expected: KINDS.map((candidate) => candidate.kind).join(', '), code: 'unknown-kind' });
  return undefined;
}

function expectedVersions(kind: string): string {
  const versions = KINDS.filter((info) => info.kind === kind).flatMap((info) => info.versions.map((version) => (info.group === '' ? version : `${info.group}/${version}`)));
  return versions.length === 0 ? 'group/version of the kind' : versions.join(' or ');
}

import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { ServerContext } from '#server/server-context.ts';
import { isServerError } from '#server/http/respond.ts';
import { callKube } from './call-kube.ts';
import { checkDocuments } from './check-configuration.ts';
import { editableYaml } from './describe-object.ts';
import { kindOf, placed, refOf } from './object-ref.ts';
import { parseManifest, type ManifestDocument } from './parse-manifest.ts';
import type { ConfigIssue, PreviewAnswer, PreviewedObject } from './schemas.ts';

/** What applying this text would do: parsed, validated, compared with what is stored, dry-run by the API server. Writes nothing. */
export async function previewManifest({ ctx, yaml }: { ctx: Pick<ServerContext, 'config' | 'kube'>; yaml: string }): Promise<PreviewAnswer> {
  const parsed = parseManifest(yaml);
  if (!parsed.ok) return { objects: [], parseErrors: parsed.problems };
  if (parsed.documents.length === 0) return { objects: [], parseErrors: [{ message: 'There is no object in this text.', line: 1, column: 1 }] };
  const namespaces = newNamespaces(ctx, parsed.documents);
  const issues = checkDocuments(parsed.documents, ctx.config);
  return { objects: await Promise.all(parsed.documents.map((d, index) => previewDocument(ctx, d, namespaces, issues[index] ?? []))), parseErrors: [] };
}

/** Namespaces that a text makes: what is put into them cannot be dry-run yet. */
export function newNamespaces({ config }: Pick<ServerContext, 'config'>, documents: readonly ManifestDocument[]): ReadonlySet<string> {
  const names = documents.flatMap(({ value }) => (isNamespace(value) ? [value.metadata.name] : []));
  return new Set(names.filter((name) => config.get('Namespace', undefined, name) === undefined));
}

function isNamespace(value: unknown): value is { readonly metadata: { readonly name: string } } {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Namespace' || !('metadata' in value)) return false;
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}

async function previewDocument(ctx: Pick<ServerContext, 'config' | 'kube'>, document: ManifestDocument, namespaces: ReadonlySet<string>, issues: readonly ConfigIssue[]): Promise<PreviewedObject> {
  const refused = (more: readonly ConfigIssue[] = []): PreviewedObject => ({ ref: null, action: 'refused', beforeYaml: null, afterYaml: null, resourceVersion: null, issues: [...issues, ...more] });
  if (issues.some((issue) => issue.refuses === true)) return refused();
  // Safe because validation found no error in its structure.
  const object = placed(document.value as KubeObject);
  const before = ctx.config.get(kindOf(object).id, object.metadata.namespace, object.metadata.name);
  const ref = refOf(object);
  const base = { ref, beforeYaml: before === undefined ? null : editableYaml(before), resourceVersion: before?.metadata.resourceVersion ?? null };
  if (namespaces.has(object.metadata.namespace ?? '')) return { ...base, action: 'create', afterYaml: editableYaml(object), issues };
  try {
    const after = (await callKube(() => (before === undefined ? ctx.kube.create(object, { dryRun: true }) : ctx.kube.update(withVersion(object, before), { dryRun: true })))).object;
    const afterYaml = editableYaml({ ...after, metadata: { ...after.metadata, ...(before?.metadata.resourceVersion === undefined ? {} : { resourceVersion: before.metadata.resourceVersion }) } });
    return { ...base, action: before === undefined ? 'create' : afterYaml === base.beforeYaml ? 'unchanged' : 'update', afterYaml, issues };
  } catch (error) {
    if (!isServerError(error)) throw error;
    const causes = error.causes.length === 0 ? [{ message: error.message }] : error.causes;
    return refused(causes.map((c) => ({ severity: 'error', refuses: true, path: c.field ?? '', message: c.message, ...document.locate(c.field ?? '') })));
  }
}

/** The object to be written over `before`: its version decides whether somebody was faster. */
export function withVersion(object: KubeObject, before: KubeObject, expected?: string): KubeObject {
  kindOf(object);
  const resourceVersion = expected ?? object.metadata.resourceVersion ?? before.metadata.resourceVersion;
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
}

import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { auditedObject } from '#server/audit/audit-log.ts';
import type { Actor } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { callKube } from './call-kube.ts';
import { checkObject } from './check-object.ts';
import { kindOf, placed, refOf } from './object-ref.ts';
import { parseManifest, type ManifestDocument } from './parse-manifest.ts';
import { newNamespaces, withVersion } from './preview-manifest.ts';
import type { AppliedObject, ApplyAnswer } from './schemas.ts';

type ApplyContext = Pick<ServerContext, 'config' | 'kube' | 'audit'>;

/**
 * Writes every object of the text, namespaces first, each audited with before and after. Everything is validated, and
 * dry-run where there are several, before anything is written; an object that moved on since `resourceVersions` was read
 * is a conflict, never overwritten.
 */
export async function applyManifest({ ctx, yaml, resourceVersions = {}, actor }: { ctx: ApplyContext; yaml: string; resourceVersions?: Readonly<Record<string, string>> | undefined; actor: Actor }): Promise<ApplyAnswer> {
  const parsed = parseManifest(yaml);
  if (!parsed.ok) throw new ServerError('bad-request', `The YAML does not parse: ${parsed.problems[0]?.message ?? ''}`, { causes: parsed.problems });
  if (parsed.documents.length === 0) throw new ServerError('bad-request', 'There is no object in this text.');
  const errors = parsed.documents.flatMap((d) => checkObject(d.value).filter(({ refuses }) => refuses === true).map((issue) => ({ ...issue, ...d.locate(issue.path) })));
  const first = errors[0];
  if (first !== undefined) {
    throw new ServerError('invalid', `${first.path === '' ? '' : `${first.path}: `}${first.message}`, {
      causes: errors.map((e) => ({ message: e.message, field: e.path, line: e.line, column: e.column })),
    });
  }
  // Safe because validation found no error in their structure.
  const writes = parsed.documents.map((document): Write => ({ document, object: placed(document.value as KubeObject) })).toSorted((a, b) => Number(b.object.kind === 'Namespace') - Number(a.object.kind === 'Namespace'));
  refuseRepeated(writes);
  const expected = ({ object }: Write): string | undefined => resourceVersions[keyOf(object)];
  if (writes.length > 1) {
    const namespaces = newNamespaces(ctx, parsed.documents);
    for (const write of writes) if (!namespaces.has(write.object.metadata.namespace ?? '')) await located(write, () => writeObject(ctx, write.object, expected(write), { dryRun: true }));
  }
  const applied: AppliedObject[] = [];
  for (const write of writes) applied.push(await located(write, () => applyObject(ctx, write.object, expected(write), actor), applied));
  return { applied };
}

interface Write {
  readonly document: ManifestDocument;
  readonly object: KubeObject;
}

function keyOf(object: KubeObject): string {
  return `${object.kind}/${objectKey(object.metadata)}`;
}

function refuseRepeated(writes: readonly Write[]): void {
  const seen = new Set<string>();
  for (const { object, document } of writes) {
    const message = `${object.kind} ${objectKey(object.metadata)} is in this text twice.`;
    if (seen.has(keyOf(object))) throw new ServerError('invalid', message, { causes: [{ message, field: 'metadata.name', ...document.locate('metadata.name') }] });
    seen.add(keyOf(object));
  }
}

/** Passes a refusal on with the place of each fault in the text, and with what was written before it. */
async function located<T>({ document }: Write, run: () => Promise<T>, applied: readonly AppliedObject[] = []): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const causes = (error.causes.length === 0 ? [{ message: error.message }] : error.causes).map((c) => ({ ...c, ...document.locate(c.field ?? '') }));
    const written = applied.filter((a) => a.action !== 'unchanged').map((a) => `${a.ref.kind} ${a.ref.name}`);
    const hint = written.length === 0 ? error.hint : `Written before that: ${written.join(', ')}. Their history has an undo. ${error.hint ?? ''}`.trimEnd();
    throw new ServerError(error.code, error.message, { causes, cause: error.cause, ...(hint === undefined ? {} : { hint }) });
  }
}

/** Creates or replaces one object and audits it. */
async function applyObject(ctx: ApplyContext, object: KubeObject, expectedVersion: string | undefined, actor: Actor): Promise<AppliedObject> {
  const ref = refOf(object);
  const { before, after, warnings } = await writeObject(ctx, object, expectedVersion);
  const resourceVersion = after.metadata.resourceVersion ?? '';
  if (before?.metadata.resourceVersion === resourceVersion) return { ref, action: 'unchanged', resourceVersion, warnings };
  const entry = ctx.audit.record({ actor: actor.id, action: before === undefined ? 'create' : 'update', object: auditedObject(object), ...(before === undefined ? {} : { before }), after });
  return { ref, action: before === undefined ? 'created' : 'updated', resourceVersion, warnings, auditId: entry.id };
}

async function writeObject(ctx: ApplyContext, object: KubeObject, expectedVersion: string | undefined, { dryRun = false } = {}): Promise<{ readonly before: KubeObject | undefined; readonly after: KubeObject; readonly warnings: readonly string[] }> {
  const before = await stored(ctx, object);
  const options = { fieldManager: 'binnacle-console', dryRun };
  const written = await callKube(() =>
    before === undefined ? ctx.kube.create(unversioned(object), options) : ctx.kube.update({ ...withVersion(object, before, expectedVersion), ...(before.status === undefined ? {} : { status: before.status }) }, options),
  );
  return { after: written.object, warnings: written.warnings, before };
}

/** Deletes one object and audits it. */
export async function deleteObject(ctx: ApplyContext, object: KubeObject, actor: Actor): Promise<{ auditId: string }> {
  // As it is stored, not as the caller last saw it: the entry is what an undo brings back.
  const before = await callKube(() => ctx.kube.get(kindOf(object), object.metadata.name, object.metadata.namespace));
  await callKube(() => ctx.kube.delete(kindOf(object), object.metadata.name, object.metadata.namespace));
  const entry = ctx.audit.record({ actor: actor.id, action: 'delete', object: auditedObject(object), before });
  return { auditId: entry.id };
}

/** Puts an object back to what it was before an audited write, if nobody has changed it since. */
export async function undoWrite({ ctx, auditId, actor }: { ctx: ApplyContext; auditId: string; actor: Actor }): Promise<{ undone: string; applied?: AppliedObject }> {
  const entry = ctx.audit.get(auditId);
  if (entry === undefined || (entry.before === undefined && entry.after === undefined)) throw new ServerError('not-found', 'There is no such write to undo.');
  const object = entry.after ?? entry.before;
  if (object === undefined) throw new ServerError('not-found', 'There is no such write to undo.');
  const current = await stored(ctx, object);
  if (current?.metadata.resourceVersion !== entry.after?.metadata.resourceVersion) {
    throw new ServerError('conflict', `${object.kind} ${objectKey(object.metadata)} was changed again after that write.`, { hint: 'Open it and change it by hand, or undo the later writes first.' });
  }
  if (entry.before === undefined) {
    await deleteObject(ctx, object, actor);
    return { undone: auditId };
  }
  const restored = { ...entry.before, metadata: { ...entry.before.metadata, ...(current?.metadata.resourceVersion === undefined ? {} : { resourceVersion: current.metadata.resourceVersion }) } };
  return { undone: auditId, applied: await applyObject(ctx, restored, current?.metadata.resourceVersion, actor) };
}

async function stored(ctx: ApplyContext, object: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await callKube(() => ctx.kube.get(kindOf(object), object.metadata.name, object.metadata.namespace));
  } catch (error) {
    if (error instanceof ServerError && error.cause instanceof KubeError && error.cause.status.reason === 'NotFound') return undefined;
    throw error;
  }
}

function unversioned(object: KubeObject): KubeObject {
  const { resourceVersion: _r, uid: _u, creationTimestamp: _c, generation: _g, ...metadata } = object.metadata;
  return { ...object, metadata };
}

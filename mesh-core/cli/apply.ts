import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { KubeClient, WriteOptions, WriteResult } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { COMMON_OPTIONS, nameOption, parseOptions } from './command-line.ts';
import { HELP } from './help.ts';
import { describeError, locateMesh, openMesh } from './open-mesh.ts';
import { readObjects } from './read-objects.ts';
import type { FileObject } from './read-objects.ts';
import { UsageError } from './usage-error.ts';

const ATTEMPTS = 3;

/** Creates or changes the objects of files; an object that is refused does not keep the others back. Gives 1 if any was. */
export async function apply(args: readonly string[]): Promise<number> {
  const { values } = parseOptions('apply', args, {
    ...COMMON_OPTIONS,
    filename: { type: 'string', short: 'f', multiple: true, default: [] },
    namespace: { type: 'string', short: 'n', default: 'default' },
    'dry-run': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.apply);
    return 0;
  }
  if (values.filename.length === 0) throw new UsageError('Say what to apply: mesh apply -f FILE (or - for standard input).');
  const objects = readObjects(values.filename, nameOption('namespace', values.namespace));
  const { kube } = openMesh(locateMesh(values));
  const write: WriteOptions = { fieldManager: 'mesh-cli', dryRun: values['dry-run'] };
  let failed = false;
  for (const item of objects) {
    try {
      const { outcome, warnings } = await applyObject(kube, item, write);
      for (const warning of warnings) console.error(`Warning: ${warning}`);
      console.log(`${labelOf(item.kind, item.object)} ${outcome}${values['dry-run'] ? ' (dry run)' : ''}`);
    } catch (error) {
      failed = true;
      console.error(`Error: ${labelOf(item.kind, item.object)}: ${describeError(error)}`);
    }
  }
  return failed ? 1 : 0;
}

/** `virtualservice.networking.istio.io/catalog`, as kubectl names objects. */
export function labelOf(kind: KindInfo, { metadata }: KubeObject): string {
  return `${kind.singular}${kind.group === '' ? '' : `.${kind.group}`}/${metadata.name}`;
}

async function applyObject(kube: KubeClient, { kind, object }: FileObject, write: WriteOptions): Promise<{ readonly outcome: 'created' | 'configured' | 'unchanged'; readonly warnings: readonly string[] }> {
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await find(kube, kind, object);
      if (stored === undefined) return { outcome: 'created', warnings: (await kube.create(object, write)).warnings };
      const { object: after, warnings }: WriteResult = await kube.update(merged(stored, object), write);
      const changed = write.dryRun === true ? JSON.stringify(contentOf(after)) !== JSON.stringify(contentOf(stored)) : after.metadata.resourceVersion !== stored.metadata.resourceVersion;
      return { outcome: changed ? 'configured' : 'unchanged', warnings };
    } catch (error) {
      // Somebody wrote it between our read and our write.
      const raced = error instanceof KubeError && (error.status.reason === 'Conflict' || error.status.reason === 'AlreadyExists');
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The file decides everything except the labels and annotations that it does not name, and the status. */
function merged(stored: KubeObject, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = { ...stored.metadata, ...(object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }) };
  return {
    ...object,
    metadata: {
      ...object.metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...joined('labels', stored, object),
      ...joined('annotations', stored, object),
    },
  };
}

function joined(field: 'labels' | 'annotations', stored: KubeObject, object: KubeObject): Partial<Record<typeof field, Readonly<Record<string, string>>>> {
  const [old, given] = [stored.metadata[field], object.metadata[field]];
  return old === undefined && given === undefined ? {} : { [field]: { ...old, ...given } };
}

async function find(kube: KubeClient, kind: KindInfo, { metadata }: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await kube.get(kind, metadata.name, metadata.namespace);
  } catch (error) {
    if (error instanceof KubeError && error.status.reason === 'NotFound') return undefined;
    throw error;
  }
}

function contentOf({ spec, data, metadata }: KubeObject): unknown {
  return { spec, data, labels: metadata.labels, annotations: metadata.annotations };
}

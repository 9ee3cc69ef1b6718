import { labelOf } from './apply.ts';
import { COMMON_OPTIONS, nameOption, parseOptions } from './command-line.ts';
import { kindOption } from './get.ts';
import { HELP } from './help.ts';
import { describeError, locateMesh, openMesh } from './open-mesh.ts';
import { readObjects } from './read-objects.ts';
import type { FileObject } from './read-objects.ts';
import { UsageError } from './usage-error.ts';

/** Removes objects, by kind and name or by what files describe. Gives 1 if any could not be removed. */
export async function remove(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions('delete', args, {
    ...COMMON_OPTIONS,
    filename: { type: 'string', short: 'f', multiple: true, default: [] },
    namespace: { type: 'string', short: 'n', default: 'default' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.delete);
    return 0;
  }
  const namespace = nameOption('namespace', values.namespace);
  const targets = values.filename.length > 0 ? readObjects(values.filename, namespace) : namedTargets(positionals, namespace);
  const { kube } = openMesh(locateMesh(values));
  let failed = false;
  for (const { kind, object } of targets) {
    try {
      await kube.delete(kind, object.metadata.name, object.metadata.namespace);
      console.log(`${labelOf(kind, object)} deleted`);
    } catch (error) {
      failed = true;
      console.error(`Error: ${labelOf(kind, object)}: ${describeError(error)}`);
    }
  }
  return failed ? 1 : 0;
}

function namedTargets([word, ...names]: readonly string[], namespace: string): FileObject[] {
  const kind = kindOption(word);
  if (names.length === 0) throw new UsageError(`Say which ${kind.singular} to delete: mesh delete ${kind.singular} NAME.`);
  return names.map((name) => ({ kind, object: { apiVersion: '', kind: kind.kind, metadata: { name, ...(kind.namespaced ? { namespace } : {}) } } }));
}

import { parseAllDocuments } from 'yaml';
import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { editableYaml } from '#server/config/describe-object.ts';

/** Objects as one YAML text to show and to send: without status and versions, in the given order. */
export function manifestText(objects: readonly KubeObject[]): string {
  return objects.map((object) => editableYaml(withoutVersion(object))).join('---\n');
}

/** The versions on which a change is based, as the API takes them: an object that moved on since is a conflict. */
export function versionsOf(objects: readonly (KubeObject | undefined)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(objects.flatMap((object) => (object?.metadata.resourceVersion === undefined ? [] : [[`${object.kind}/${objectKey(object.metadata)}`, object.metadata.resourceVersion]])));
}

/** Whether two versions of an object say the same to an editor: status and version aside. */
export function sameContent(a: KubeObject | undefined, b: KubeObject | undefined): boolean {
  return a === undefined || b === undefined ? a === b : editableYaml(withoutVersion(a)) === editableYaml(withoutVersion(b));
}

/** The one object of a text, or `undefined` when it does not parse or is not one object. */
export function parseObject(text: string): unknown {
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  const [only, ...more] = Array.isArray(documents) ? documents : [];
  if (only === undefined || more.length > 0 || only.errors.length > 0) return undefined;
  const value: unknown = only.toJS({ maxAliasCount: 100 });
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

import { readFileSync } from 'node:fs';
import { LineCounter, parseAllDocuments } from 'yaml';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { UsageError } from './usage-error.ts';

/** An object out of a file, in the namespace it goes to. */
export interface FileObject {
  readonly kind: KindInfo;
  readonly object: KubeObject;
}

/** Reads the objects of files (`-` = standard input). @throws UsageError for what is no object of a served kind. */
export function readObjects(files: readonly string[], namespace: string): FileObject[] {
  return files.flatMap((file) => parseObjects(file === '-' ? 'standard input' : file, readText(file), namespace));
}

/**
 * The objects in a YAML or JSON text: documents separated by `---`, each an object or a List of them; empty ones are
 * skipped. A namespaced object without a namespace gets `namespace`. @throws UsageError with file and line.
 */
export function parseObjects(file: string, content: string, namespace: string): FileObject[] {
  const lines = new LineCounter();
  const found: FileObject[] = [];
  for (const document of parseAllDocuments(content, { lineCounter: lines })) {
    if (!('contents' in document)) continue;
    const [error] = document.errors;
    if (error !== undefined) throw new UsageError(`${file}, line ${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`);
    const where = `${file}, line ${lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line}`;
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    for (const item of itemsOf(value)) found.push(objectOf(item, where, namespace));
  }
  if (found.length === 0) throw new UsageError(`${file} holds no object.`);
  return found;
}

function objectOf(value: unknown, where: string, namespace: string): FileObject {
  if (!isObject(value)) throw new UsageError(`${where}: an object needs apiVersion, kind and metadata.name.`);
  const kind = kindByApiVersion(value.apiVersion, value.kind);
  if (kind === undefined) throw new UsageError(`${where}: this mesh has no kind ${value.kind} in ${value.apiVersion}.`);
  if (!kind.namespaced || value.metadata.namespace !== undefined) return { kind, object: value };
  return { kind, object: { ...value, metadata: { ...value.metadata, namespace } } };
}

function itemsOf(value: unknown): unknown[] {
  if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'List' && 'items' in value && Array.isArray(value.items)) return value.items;
  return [value];
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null || !('apiVersion' in value) || !('kind' in value) || !('metadata' in value)) return false;
  const { apiVersion, kind, metadata } = value;
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string' && metadata.name !== '';
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

import { compareFields, fieldsOf, MergeKeyError } from './field-walk.ts';
import type { Shape } from './merge-shape.ts';
import { difference, EMPTY_PATHS, type PathSet } from './path-set.ts';

/** Where `kubectl apply` on the client's side keeps what it applied. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** The manager under which kubectl applies server-side: only it takes over what the client's side applied. */
export const KUBECTL = 'kubectl';

/**
 * The fields that `kubectl apply` set and nobody changed since, by its annotation: a server-side apply of kubectl's may change them without a conflict, so
 * that people can move from one to the other. None when the annotation is absent, unreadable or of another version.
 * Source: apimachinery managedfields/internal/lastappliedmanager.go.
 */
export function lastAppliedFields(stored: Readonly<Record<string, unknown>>, annotation: string | undefined, shape: Shape): PathSet {
  const applied = parse(annotation);
  if (applied === undefined || applied['apiVersion'] !== stored['apiVersion']) return EMPTY_PATHS;
  try {
    const changes = compareFields(applied, stored, shape);
    return [changes.modified, changes.added, changes.removed].reduce((fields, changed) => difference(fields, changed), fieldsOf(applied, shape));
  } catch (error) {
    if (error instanceof MergeKeyError) return EMPTY_PATHS;
    throw error;
  }
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Anybody can write an annotation; one that is no JSON tells nothing.
    return undefined;
  }
}

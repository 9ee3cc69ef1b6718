import { deepEqual } from '../store/deep-equal.ts';
import { arrayIndex, parseJsonPointer } from './json-pointer.ts';
import { isJsonObject } from './merge-patch.ts';

/** `malformed`: not a patch document; `failed`: a well-formed operation that does not apply (missing path, `test` not equal). */
export type JsonPatchResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'malformed' | 'failed'; readonly index: number; readonly message: string };

/** Operations per patch, and values added up by `copy`: a few copies of copies would otherwise grow without bound. */
const MAX_OPERATIONS = 10_000;
const MAX_COPIED_VALUES = 200_000;

type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: Pointer }
  | { readonly op: 'move' | 'copy'; readonly path: Pointer; readonly from: Pointer };
type Pointer = readonly string[];
type Change = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/**
 * Applies a JSON Patch, all operations or none; the document is not modified. Source: RFC 6902 (section 4 for the operations,
 * section 5 for "one failure fails the whole patch").
 */
export function applyJsonPatch(document: unknown, patch: unknown): JsonPatchResult {
  if (!Array.isArray(patch)) return { ok: false, reason: 'malformed', index: -1, message: 'a JSON patch is an array of operations' };
  if (patch.length > MAX_OPERATIONS) return { ok: false, reason: 'malformed', index: -1, message: `a JSON patch may have at most ${MAX_OPERATIONS} operations` };
  const operations: Operation[] = [];
  for (const [index, raw] of patch.entries()) {
    const operation = parseOperation(raw);
    if (typeof operation === 'string') return { ok: false, reason: 'malformed', index, message: operation };
    operations.push(operation);
  }
  let value = document;
  let copied = 0;
  for (const [index, operation] of operations.entries()) {
    if (operation.op === 'copy') copied += countValues(find(value, operation.from), MAX_COPIED_VALUES - copied);
    if (copied >= MAX_COPIED_VALUES) return { ok: false, reason: 'failed', index, message: 'the patch copies too much' };
    const change = applyOperation(value, operation);
    if (!change.ok) return { ok: false, reason: 'failed', index, message: change.message };
    value = change.value;
  }
  return { ok: true, value };
}

function parseOperation(raw: unknown): Operation | string {
  if (!isJsonObject(raw)) return 'an operation is an object';
  const { op } = raw;
  const path = typeof raw['path'] === 'string' ? parseJsonPointer(raw['path']) : undefined;
  if (path === undefined) return 'path must be a JSON pointer, such as /spec/hosts/0';
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return Object.hasOwn(raw, 'value') ? { op, path, value: raw['value'] } : `${op} needs a value`;
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy': {
      const from = typeof raw['from'] === 'string' ? parseJsonPointer(raw['from']) : undefined;
      return from === undefined ? `${op} needs from, a JSON pointer` : { op, path, from };
    }
    default:
      return 'op must be add, remove, replace, move, copy or test';
  }
}

function applyOperation(document: unknown, operation: Operation): Change {
  switch (operation.op) {
    case 'add':
      return add(document, operation.path, operation.value);
    case 'remove':
      return remove(document, operation.path);
    case 'replace':
      return find(document, operation.path).found ? replace(document, operation.path, operation.value) : missing(operation.path);
    case 'test': {
      const at = find(document, operation.path);
      if (!at.found) return missing(operation.path);
      return deepEqual(at.value, operation.value) ? { ok: true, value: document } : { ok: false, message: `test failed: ${text(operation.path)} is ${brief(at.value)}, not ${brief(operation.value)}` };
    }
    case 'copy': {
      const source = find(document, operation.from);
      return source.found ? add(document, operation.path, source.value) : missing(operation.from);
    }
    case 'move': {
      const source = find(document, operation.from);
      if (!source.found) return missing(operation.from);
      if (text(operation.from) === text(operation.path)) return { ok: true, value: document };
      if (`${text(operation.path)}/`.startsWith(`${text(operation.from)}/`)) return { ok: false, message: `${text(operation.from)} cannot be moved into itself` };
      const removed = remove(document, operation.from);
      return removed.ok ? add(removed.value, operation.path, source.value) : removed;
    }
  }
}

type Found = { readonly found: true; readonly value: unknown } | { readonly found: false };

function find(document: unknown, path: Pointer): Found {
  let value = document;
  for (const token of path) {
    if (Array.isArray(value)) {
      const index = arrayIndex(token, value.length, false);
      if (index === undefined) return { found: false };
      value = value[index];
    } else if (isJsonObject(value) && Object.hasOwn(value, token)) value = value[token];
    else return { found: false };
  }
  return { found: true, value };
}

/** Rebuilds the way down to the parent of `path` and lets `edit` give the parent's new value. */
function editParent(document: unknown, path: Pointer, edit: (parent: unknown, token: string) => unknown): Change {
  const [token, ...rest] = path;
  if (token === undefined) return { ok: false, message: 'the whole document cannot be removed' };
  if (rest.length === 0) {
    const edited = edit(document, token);
    return edited === undefined ? { ok: false, message: `/${token} does not exist` } : { ok: true, value: edited };
  }
  const child = find(document, [token]);
  if (!child.found) return { ok: false, message: `/${token} does not exist` };
  const below = editParent(child.value, rest, edit);
  if (!below.ok) return { ok: false, message: `/${token}${below.message}` };
  return replaceChild(document, token, below.value);
}

function replaceChild(parent: unknown, token: string, value: unknown): Change {
  if (Array.isArray(parent)) return { ok: true, value: parent.with(Number(token), value) };
  return isJsonObject(parent) ? { ok: true, value: { ...parent, [token]: value } } : { ok: false, message: `/${token} does not exist` };
}

function add(document: unknown, path: Pointer, value: unknown): Change {
  if (path.length === 0) return { ok: true, value };
  return editParent(document, path, (parent, token) => {
    if (Array.isArray(parent)) {
      const index = arrayIndex(token, parent.length, true);
      return index === undefined ? undefined : parent.toSpliced(index, 0, value);
    }
    return isJsonObject(parent) ? { ...parent, [token]: value } : undefined;
  });
}

function replace(document: unknown, path: Pointer, value: unknown): Change {
  if (path.length === 0) return { ok: true, value };
  return editParent(document, path, (parent, token) => {
    const changed = replaceChild(parent, token, value);
    return changed.ok ? changed.value : undefined;
  });
}

function remove(document: unknown, path: Pointer): Change {
  return editParent(document, path, (parent, token) => {
    if (Array.isArray(parent)) {
      const index = arrayIndex(token, parent.length, false);
      return index === undefined ? undefined : parent.toSpliced(index, 1);
    }
    if (!isJsonObject(parent) || !Object.hasOwn(parent, token)) return undefined;
    return Object.fromEntries(Object.entries(parent).filter(([key]) => key !== token));
  });
}

function missing(path: Pointer): Change {
  return { ok: false, message: `${text(path)} does not exist` };
}

function text(path: Pointer): string {
  return path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function brief(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined';
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}

/** How many JSON values hang below this one, counted up to `limit`. */
function countValues(at: Found, limit: number): number {
  if (!at.found) return 0;
  const stack: unknown[] = [at.value];
  let count = 0;
  while (stack.length > 0 && count < limit) {
    const value = stack.pop();
    count += 1;
    if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) stack.push(child);
  }
  return count;
}

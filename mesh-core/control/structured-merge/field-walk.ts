import { deepEqual } from '../store/deep-equal.ts';
import { fieldElement, keyElement, pathText, valueElement } from './fields-v1.ts';
import { DEDUCED, type Shape } from './merge-shape.ts';
import { below, isEmptySet, PathCollector, type PathSet } from './path-set.ts';

type Json = unknown;
type JsonMap = Readonly<Record<string, Json>>;

/** A list of an applied configuration whose items cannot be told apart. */
export class MergeKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MergeKeyError';
  }
}

/** How a value looks under a shape: maps and lists have parts, each under its path element. Empty ones are leaves, so that they are owned as such. */
type View =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'map'; readonly parts: ReadonlyMap<string, Part> }
  | { readonly kind: 'list'; readonly parts: ReadonlyMap<string, Part>; readonly order: readonly string[] };
interface Part {
  readonly value: Json;
  readonly shape: Shape;
  /** Declared by the schema (not a key of a map): its path alone says nothing that the paths below it do not. */
  readonly declared: boolean;
}
const LEAF_VIEW: View = { kind: 'leaf' };

/**
 * All paths that a value sets. @throws MergeKeyError when a keyed list has an item without its keys or two with the same.
 * Source: structured-merge-diff typed/tofieldset.go.
 */
export function fieldsOf(value: Json, shape: Shape): PathSet {
  const collector = new PathCollector();
  collectFields(value, shape, [], collector, true);
  return collector;
}

/** As `fieldsOf`, for what is stored: a list whose items cannot be told apart counts as one value, and nothing throws. */
export function fieldsOfStored(value: Json, shape: Shape): PathSet {
  const collector = new PathCollector();
  collectFields(value, shape, [], collector, false);
  return collector;
}

function collectFields(value: Json, shape: Shape, path: readonly string[], collector: PathCollector, strict: boolean): void {
  // An empty list that merges says nothing about any item; an empty map is owned as such.
  if ((shape.kind === 'set' || shape.kind === 'keyed') && Array.isArray(value) && value.length === 0) return;
  const view = viewOf(value, shape, path, strict);
  if (view.kind === 'leaf') return collector.add(path);
  for (const [element, part] of view.parts) {
    const at = [...path, element];
    collectFields(part.value, part.shape, at, collector, strict);
    if (view.kind === 'list' || !part.declared) collector.add(at);
  }
}

/** What became of each path between two states of an object. */
export interface FieldComparison {
  readonly added: PathSet;
  readonly modified: PathSet;
  readonly removed: PathSet;
}

/** Compares two states path by path. Never throws: a stored list whose items cannot be told apart counts as one value. Source: typed/compare.go. */
export function compareFields(before: Json, after: Json, shape: Shape): FieldComparison {
  const into = { added: new PathCollector(), modified: new PathCollector(), removed: new PathCollector() };
  compareAt(before, after, shape, [], into);
  return into;
}

function compareAt(before: Json, after: Json, shape: Shape, path: readonly string[], into: Readonly<Record<keyof FieldComparison, PathCollector>>): void {
  const left = before === undefined ? undefined : viewOf(before, shape, path, false);
  const right = after === undefined ? undefined : viewOf(after, shape, path, false);
  const leftParts = left === undefined || left.kind === 'leaf' ? undefined : left.parts;
  const rightParts = right === undefined || right.kind === 'leaf' ? undefined : right.parts;
  if (left === undefined) into.added.add(path);
  else if (right === undefined) into.removed.add(path);
  // Both empty or plain: compared as wholes. An empty map beside a filled one is only the lack of its parts, and so for lists; anything else is another value.
  else if (differAsWholes(before, left.kind, after, right.kind)) into.modified.add(path);
  for (const element of new Set([...(leftParts?.keys() ?? []), ...(rightParts?.keys() ?? [])])) {
    const one = leftParts?.get(element);
    const other = rightParts?.get(element);
    compareAt(one?.value, other?.value, other?.shape ?? one?.shape ?? DEDUCED, [...path, element], into);
  }
}

function differAsWholes(before: Json, left: View['kind'], after: Json, right: View['kind']): boolean {
  if (left === 'leaf') return right === 'leaf' ? !deepEqual(before, after) : !isEmptyOf(before, right);
  return right === 'leaf' ? !isEmptyOf(after, left) : left !== right;
}

/**
 * A stored value with a configuration merged over it: the configuration's leaves win, keyed lists and sets merge item by item in the
 * configuration's order. @throws MergeKeyError as `fieldsOf`. Source: typed/merge.go.
 */
export function mergeValues(stored: Json, applied: Json, shape: Shape, path: readonly string[] = []): Json {
  if (applied === undefined) return stored;
  if (stored === undefined) return applied;
  const right = viewOf(applied, shape, path, true);
  const left = viewOf(stored, shape, path, false);
  if (left.kind === 'leaf' || right.kind !== left.kind) return right.kind === 'leaf' && left.kind !== 'leaf' && isEmptyOf(applied, left.kind) ? stored : applied;
  const merged = (element: string): Json => mergeValues(left.parts.get(element)?.value, right.parts.get(element)?.value, (right.parts.get(element) ?? left.parts.get(element))?.shape ?? DEDUCED, [...path, element]);
  if (left.kind === 'list' && right.kind === 'list') return mergedOrder(left.order, right.order).map(merged);
  return Object.fromEntries([...new Set([...left.parts.keys(), ...right.parts.keys()])].map((element) => [element.slice(2), merged(element)]));
}

/** Items of both lists: shared ones in the right list's order, those only on the left near the neighbours they had. */
function mergedOrder(left: readonly string[], right: readonly string[]): readonly string[] {
  const inLeft = new Set(left);
  const inRight = new Set(right);
  const shared = right.filter((element) => inLeft.has(element));
  const order: string[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const one = left[l];
    const other = right[r];
    if (one !== undefined && one === other) {
      order.push(one);
      shared.shift();
      l += 1;
      r += 1;
    } else if (one !== undefined && !inRight.has(one)) {
      order.push(one);
      l += 1;
    } else if (one !== undefined && (other === undefined || one !== shared[0])) {
      // A shared item that is not due yet, or was placed already: its place is in the right list.
      l += 1;
    } else if (other !== undefined) {
      order.push(other);
      if (other === shared[0]) shared.shift();
      r += 1;
    }
  }
  return [...new Set(order)];
}

/** A value without the paths of a set; a map or list all of whose parts go is left empty, unless its own path goes too. Source: typed/remove.go. */
export function removeFields(value: Json, paths: PathSet, shape: Shape): Json {
  if (isEmptySet(paths)) return value;
  const view = viewOf(value, shape, [], false);
  if (view.kind === 'leaf') return value;
  const kept: [string, Json][] = [];
  for (const element of view.kind === 'list' ? view.order : view.parts.keys()) {
    const part = view.parts.get(element);
    if (part === undefined || paths.members.has(element)) continue;
    kept.push([element, removeFields(part.value, below(paths, element), part.shape)]);
  }
  return view.kind === 'list' ? kept.map(([, item]) => item) : Object.fromEntries(kept.map(([element, item]) => [element.slice(2), item]));
}

/** The set with every declared field on the way to a path as a member too. Source: fieldpath/set.go, EnsureNamedFieldsAreMembers. */
export function withParents(set: PathSet, shape: Shape): PathSet {
  const members = new Set(set.members);
  const children = new Map<string, PathSet>();
  for (const [element, child] of set.children) {
    if (shape.kind === 'map' && element.startsWith('f:') && Object.hasOwn(shape.fields, element.slice(2))) members.add(element);
    children.set(element, withParents(child, partShape(shape, element)));
  }
  return { members, children };
}

function partShape(shape: Shape, element: string): Shape {
  if (shape.kind === 'keyed') return shape.items;
  if (shape.kind !== 'map') return DEDUCED;
  const name = element.slice(2);
  return (Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined) ?? shape.others;
}

function viewOf(value: Json, shape: Shape, path: readonly string[], strict: boolean): View {
  if (isEmptyContainer(value)) return LEAF_VIEW;
  if ((shape.kind === 'map' || shape.kind === 'deduced') && isMap(value)) {
    const fields = shape.kind === 'map' ? shape.fields : {};
    const others = shape.kind === 'map' ? shape.others : DEDUCED;
    const defined = Object.entries(value).filter(([, item]) => item !== undefined);
    return { kind: 'map', parts: new Map(defined.map(([name, item]) => {
      const declared = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return [fieldElement(name), { value: item, shape: declared ?? others, declared: declared !== undefined }];
    })) };
  }
  if ((shape.kind === 'set' || shape.kind === 'keyed') && Array.isArray(value)) return listView(value, shape, path, strict);
  return LEAF_VIEW;
}

function listView(list: readonly Json[], shape: Extract<Shape, { kind: 'set' | 'keyed' }>, path: readonly string[], strict: boolean): View {
  const parts = new Map<string, Part>();
  for (const [index, item] of list.entries()) {
    const element = shape.kind === 'set' ? valueElement(item) : itemElement(item, shape);
    const problem = element === undefined ? `element ${index}: an item of a list that merges by ${shape.kind === 'keyed' ? shape.keys.join(', ') : 'value'} lacks its key` : parts.has(element) ? `duplicate entries for key ${pathText([element])}` : undefined;
    if (problem !== undefined && strict) throw new MergeKeyError(`${pathText(path)}: ${problem}`);
    if (problem !== undefined || element === undefined) return LEAF_VIEW;
    parts.set(element, { value: item, shape: shape.kind === 'keyed' ? shape.items : { kind: 'leaf' }, declared: false });
  }
  return { kind: 'list', parts, order: [...parts.keys()] };
}

function itemElement(item: Json, shape: Extract<Shape, { kind: 'keyed' }>): string | undefined {
  if (!isMap(item)) return undefined;
  const keys = shape.keys.map((key) => [key, item[key] ?? shape.defaults[key]] as const);
  // A key that is absent counts as such, as long as another one tells the items apart.
  const present = keys.filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : keyElement(present);
}

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Is it null, or an empty value of that kind? */
function isEmptyOf(value: Json, kind: 'map' | 'list'): boolean {
  return isEmptyContainer(value) && (value === null || Array.isArray(value) === (kind === 'list'));
}

function isEmptyContainer(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return value === null;
  if (Array.isArray(value)) return value.length === 0;
  // Without a list of all keys: some maps have tens of thousands.
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

import type { Labels } from './storage.ts';

/** The label that holds a metric's name (Prometheus model/labels). */
export const METRIC_NAME = '__name__';

/** The value of a label; a missing one counts as ''. Safe for names such as `constructor` that objects inherit. */
export function labelValue(labels: Labels, name: string): string {
  const value: unknown = labels[name];
  return typeof value === 'string' ? value : '';
}

/** Labels from pairs; empty values are left out because Prometheus treats them as missing. Later pairs win. */
export function labelsFromEntries(entries: Iterable<readonly [name: string, value: string]>): Labels {
  const out: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (value === '') delete out[name];
    else if (name === '__proto__') Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
    else out[name] = value;
  }
  return out;
}

/** The names of a label set in byte order of their UTF-16 units, as every comparison and key uses them. */
export function sortedNames(labels: Labels): string[] {
  return Object.keys(labels).sort();
}

/** A string equal for equal label sets and different for different ones: the identity of a series. Empty values do not count. */
export function labelsKey(labels: Labels): string {
  let key = '';
  for (const name of sortedNames(labels)) {
    const value = labelValue(labels, name);
    if (value !== '') key += `${name}\u0000${value}\u0001`;
  }
  return key;
}

/** Orders label sets as Prometheus does (labels.Compare): by sorted pairs, name before value, the shorter set first. */
export function compareLabels(a: Labels, b: Labels): number {
  const aNames = sortedNames(a);
  const bNames = sortedNames(b);
  const common = Math.min(aNames.length, bNames.length);
  for (let i = 0; i < common; i++) {
    const aName = aNames[i] ?? '';
    const bName = bNames[i] ?? '';
    if (aName !== bName) return aName < bName ? -1 : 1;
    const aValue = labelValue(a, aName);
    const bValue = labelValue(b, bName);
    if (aValue !== bValue) return aValue < bValue ? -1 : 1;
  }
  return aNames.length - bNames.length;
}

/** A copy without the given names. */
export function withoutLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return labelsFromEntries(Object.entries(labels).filter(([name]) => !names.has(name)));
}

/** A copy with only the given names (those that are present). */
export function onlyLabels(labels: Labels, names: readonly string[]): Labels {
  return labelsFromEntries(names.map((name): [string, string] => [name, labelValue(labels, name)]));
}

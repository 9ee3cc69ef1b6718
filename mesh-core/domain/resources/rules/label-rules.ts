import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import type { Labels } from '../label-selector.ts';

const NAME = '(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const DNS_PART = '[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?';
const KEY = new RegExp(`^(?:(${DNS_PART}(?:\\.${DNS_PART})*)/)?(${NAME})$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);

/** Is this a label or annotation name: an optional DNS prefix and `/`, then up to 63 letters, digits, `-`, `_`, `.`? */
export function isQualifiedName(key: string): boolean {
  const match = KEY.exec(key);
  return match !== null && (match[1] ?? '').length <= 253 && (match[2] ?? '').length <= 63;
}

/** Checks names and values of labels by Kubernetes' syntax. */
export function checkLabels(labels: Labels | undefined, path: string, issues: IssueSink): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const place = joinPath(path, key);
    if (!isQualifiedName(key)) issues.error(place, `${JSON.stringify(key)} is not a label name`, { expected: 'letters, digits, - _ . and an optional prefix/' });
    if (!VALUE.test(value) || value.length > 63) issues.error(place, `${JSON.stringify(value)} is not a label value`, { expected: 'up to 63 letters, digits, - _ . or nothing' });
  }
}

/**
 * Checks a selector: no empty names, no wildcards. One without labels is a warning, as it selects everything.
 */
export function checkSelectorLabels(labels: Labels | undefined, path: string, issues: IssueSink): void {
  const entries = Object.entries(labels ?? {});
  for (const [key, value] of entries) {
    if (key === '') issues.error(path, 'a label name in a selector must not be empty', { expected: 'a label name' });
    if (key.includes('*') || value.includes('*')) issues.error(joinPath(path, key), 'wildcards do not work in a selector', { expected: 'an exact label' });
  }
  if (entries.length === 0) issues.warn(path, 'the selector has no labels, so it selects every workload of the namespace', { expected: 'labels, or no selector', code: 'IST0133' });
}

/**
 * Checks the older form of a selector, of the kind that `name` says in messages. Says no when it is wrong: Istio then looks
 * at nothing else of the object.
 */
export function checkLabelsSelector(selector: { readonly labels?: Labels } | undefined, name: string, issues: IssueSink): boolean {
  if (selector === undefined) return true;
  const entries = Object.entries(selector.labels ?? {});
  const bad = entries.filter(([key, value]) => key === '' || key.includes('*') || value.includes('*'));
  for (const [key, value] of bad) {
    const words = key === '' ? 'empty key is not supported in selector' : 'wildcard is not supported in selector';
    issues.error(joinPath('spec.workloadSelector.labels', key), `${words}: ${JSON.stringify(`${key}=${value}`)}`, { expected: 'exact labels' });
  }
  if (entries.length === 0) issues.warn('spec.workloadSelector', `${name}: workload selector specified without labels, will be applied to all services in namespace`, { expected: 'labels, or no selector', code: 'IST0133' });
  return bad.length === 0;
}

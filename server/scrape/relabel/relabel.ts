import { createHash } from 'node:crypto';
import type { RE2JS } from 're2js';
import { labelsFromEntries, labelValue } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { RelabelRule } from './relabel-rule.ts';

/**
 * Applies rules to a label set, in their order. Undefined when a rule drops it. Source: Prometheus model/relabel/relabel.go
 * (relabel, ProcessBuilder).
 */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  const map = new Map(Object.entries(labels).filter(([, value]) => value !== ''));
  for (const rule of rules) if (!apply(rule, map)) return undefined;
  return labelsFromEntries(map);
}

/** Changes the labels as the rule says; false when it drops them. An empty value is a label that is not there. */
function apply(rule: RelabelRule, labels: Map<string, string>): boolean {
  const { regex, targetLabel, replacement } = rule;
  const source = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  switch (rule.action) {
    case 'drop':
      return !regex.matches(source);
    case 'keep':
      return regex.matches(source);
    case 'dropequal':
      return (labels.get(targetLabel) ?? '') !== source;
    case 'keepequal':
      return (labels.get(targetLabel) ?? '') === source;
    case 'replace':
      replace(rule, source, labels);
      return true;
    case 'lowercase':
      set(labels, targetLabel, source.toLowerCase());
      return true;
    case 'uppercase':
      set(labels, targetLabel, source.toUpperCase());
      return true;
    case 'hashmod':
      set(labels, targetLabel, String(createHash('md5').update(source).digest().readBigUInt64BE(8) % rule.modulus));
      return true;
    case 'labelmap':
      for (const [name, value] of sorted(labels)) {
        const groups = match(regex, name);
        if (groups !== undefined) set(labels, expand(replacement, groups), value);
      }
      return true;
    case 'labeldrop':
      for (const name of labels.keys()) if (regex.matches(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of labels.keys()) if (!regex.matches(name)) labels.delete(name);
      return true;
  }
}

function replace({ regex, anything, targetLabel, replacement }: RelabelRule, source: string, labels: Map<string, string>): void {
  if (source === '' && anything && !targetLabel.includes('$') && !replacement.includes('$')) return set(labels, targetLabel, replacement);
  const groups = match(regex, source);
  if (groups === undefined) return;
  const target = expand(targetLabel, groups);
  if (target === '') return;
  set(labels, target, expand(replacement, groups));
}

function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

function sorted(labels: ReadonlyMap<string, string>): [string, string][] {
  return [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a match captured: by number, and by name. */
interface Groups {
  readonly byNumber: readonly string[];
  readonly byName: Labels;
}

function match(regex: RE2JS, text: string): Groups | undefined {
  const matcher = regex.matcher(text);
  if (!matcher.matches()) return undefined;
  const byNumber = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? '');
  const byName = labelsFromEntries(Object.entries(regex.namedGroups()).map(([name, number]): [string, string] => [name, byNumber[number] ?? '']));
  return { byNumber, byName };
}

const VARIABLE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** A template with `$1`, `${1}`, `$name` and `$$`, as Go's Regexp.Expand: the longest name counts, an unknown one is empty. */
function expand(template: string, groups: Groups): string {
  if (!template.includes('$')) return template;
  return template.replaceAll(VARIABLE, (whole: string, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    return /^\d+$/.test(name) ? (groups.byNumber[Number(name)] ?? '') : labelValue(groups.byName, name);
  });
}

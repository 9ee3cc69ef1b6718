import { describeCondition } from './match-condition.ts';
import type { TrafficSplit } from './traffic-split-model.ts';

/** A version's name for people; without a subset it is any of them. */
export function versionName(subset: string): string {
  return subset === '' ? 'any version' : subset;
}

/** The split in sentences, in the order in which requests meet it. */
export function describeSplit(split: TrafficSplit): readonly string[] {
  const rules = split.rules.map((rule) => (rule.kind === 'foreign' ? `Kept as it is: ${rule.summary}.` : `Requests whose ${rule.conditions.map(describeCondition).join(' and ') || '…'} go to ${versionName(rule.subset)}.`));
  const shares = split.versions.filter(({ share }) => share > 0).map(({ subset, share }) => `${share} % to ${versionName(subset)}`);
  const rest = `${rules.length === 0 ? 'All requests' : 'The rest'}: ${shares.join(', ')}.`;
  const mirror = split.mirror === null ? [] : [`${split.mirror.percent} % are copied to ${versionName(split.mirror.subset)}; its answers are thrown away.`];
  return [...rules, rest, ...mirror];
}

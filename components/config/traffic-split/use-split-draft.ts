'use client';

import { useState } from 'react';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { DestinationRule, VirtualService } from '#mesh-core/domain/resources/networking.ts';
import { showToast } from '#components/ui/toast.tsx';
import { sameContent, versionsOf } from '#components/change/manifest-text.ts';
import { mergeObjects } from '#components/change/merge-objects.ts';
import type { SplitSources } from './find-split-objects.ts';
import { readTrafficSplit, type ReadSplit, type RunningVersion, type TrafficSplit } from './traffic-split-model.ts';
import { writeTrafficSplit } from './write-traffic-split.ts';

interface Draft {
  readonly base: SplitSources;
  readonly split: TrafficSplit;
  /** Versions running when the draft began: a version that starts meanwhile must not change what was read. */
  readonly running: readonly RunningVersion[];
}
export interface SplitDraft {
  readonly read: ReadSplit;
  readonly split: TrafficSplit | undefined;
  readonly dirty: boolean;
  readonly outdated: boolean;
  /** What would be written; empty without a change. */
  readonly objects: readonly KubeObject[];
  readonly resourceVersions: Readonly<Record<string, string>>;
  readonly edit: (change: (split: TrafficSplit) => TrafficSplit) => void;
  readonly discard: () => void;
  readonly rebase: () => void;
}

/** The form over the objects of one host, which may change meanwhile. Without a draft it follows them. */
export function useSplitDraft(host: string, namespace: string, sources: SplitSources, running: readonly RunningVersion[]): SplitDraft {
  const [draft, setDraft] = useState<Draft>();
  const base = draft?.base ?? sources;
  const read = readTrafficSplit({ host, namespace, ...base, running: draft?.running ?? running });
  const original = read.kind === 'editable' ? read.split : undefined;
  const split = draft?.split ?? original;
  const dirty = draft !== undefined && JSON.stringify(draft.split) !== JSON.stringify(original);
  const outdated = dirty && (!sameContent(base.virtualService, sources.virtualService) || !sameContent(base.destinationRule, sources.destinationRule));
  const objects = dirty && original !== undefined && split !== undefined ? writeTrafficSplit(base, original, split) : [];
  const rebase = (): void => {
    const merge = <T extends KubeObject>(kind: string, old: T | undefined, theirs: T | undefined): { merged: T | undefined; conflicts: readonly string[] } => {
      const mine = objects.find((object) => object.kind === kind) ?? old;
      const { merged, conflicts } = mergeObjects(old, mine, theirs);
      // Safe because a merge of objects of one kind is one of that kind.
      return { merged: merged as T | undefined, conflicts };
    };
    const service = merge<VirtualService>('VirtualService', base.virtualService, sources.virtualService);
    const rule = merge<DestinationRule>('DestinationRule', base.destinationRule, sources.destinationRule);
    const merged = readTrafficSplit({ host, namespace, virtualService: service.merged, destinationRule: rule.merged, running });
    const theirs = readTrafficSplit({ host, namespace, ...sources, running });
    if (merged.kind === 'too-complex' || theirs.kind === 'too-complex') {
      showToast({ title: 'Cannot be re-based in this form', description: merged.kind === 'too-complex' ? merged.reason : 'The newer version is not for this form.', status: 'failing' });
      return;
    }
    const conflicts = [...service.conflicts, ...rule.conflicts].filter((path) => !path.endsWith('resourceVersion'));
    setDraft({ base: sources, split: withOrigins(merged.split, theirs.split), running });
    showToast(conflicts.length === 0 ? { title: 'Re-based', description: 'Both changes are in the form now.' } : { title: 'Re-based; look at what both changed', description: `Yours was kept: ${conflicts.join(', ')}`, status: 'degraded' });
  };
  const latest = (mine: KubeObject | undefined, theirs: KubeObject | undefined): KubeObject | undefined => (sameContent(mine, theirs) ? theirs : mine);
  return {
    read,
    split,
    dirty,
    outdated,
    objects,
    resourceVersions: versionsOf([latest(base.virtualService, sources.virtualService), latest(base.destinationRule, sources.destinationRule)]),
    edit: (change) => {
      if (split !== undefined) setDraft({ base, split: change(split), running: draft?.running ?? running });
    },
    discard: () => setDraft(undefined),
    rebase,
  };
}

/** Places in the merged routes as places in the stored ones: equal rules are the same rule, others are new. */
function withOrigins(merged: TrafficSplit, stored: TrafficSplit): TrafficSplit {
  const text = (rule: TrafficSplit['rules'][number]): string => JSON.stringify(rule.kind === 'foreign' ? rule.summary : [rule.conditions, rule.keeps]);
  const free = [...stored.rules];
  const rules = merged.rules.map((rule) => {
    const at = free.findIndex((other) => text(other) === text(rule));
    const [match] = at === -1 ? [] : free.splice(at, 1);
    if (rule.kind === 'foreign') return { ...rule, origin: match?.origin ?? rule.origin };
    return { ...rule, origin: match?.origin ?? null };
  });
  return { ...merged, rules, defaultOrigin: stored.defaultOrigin, unreachable: stored.unreachable };
}

'use client';

import { useState } from 'react';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { ObjectAnswer } from '#server/config/schemas.ts';
import { showToast } from '#components/ui/toast.tsx';
import { manifestText, parseObject, sameContent, versionsOf } from '#components/change/manifest-text.ts';
import { mergeObjects } from '#components/change/merge-objects.ts';

interface Draft {
  readonly base: KubeObject;
  readonly text: string;
}
export interface ObjectDraft {
  readonly text: string;
  readonly dirty: boolean;
  /** Somebody changed the object since this draft began. */
  readonly outdated: boolean;
  readonly resourceVersions: Readonly<Record<string, string>>;
  readonly edit: (text: string) => void;
  readonly discard: () => void;
  readonly rebase: () => void;
}

/** What is typed over an object that may change meanwhile. Without a draft the text follows the object. */
export function useObjectDraft({ object }: Pick<ObjectAnswer, 'object'>): ObjectDraft {
  const [draft, setDraft] = useState<Draft>();
  const current = manifestText([object]);
  const text = draft?.text ?? current;
  const dirty = draft !== undefined && draft.text !== manifestText([draft.base]);
  const outdated = dirty && !sameContent(draft.base, object);
  const rebase = (): void => {
    if (draft === undefined) return;
    const mine = parseObject(draft.text);
    if (mine === undefined) {
      showToast({ title: 'Your text does not parse', description: 'Mend it first, then re-base.', status: 'failing' });
      return;
    }
    const [base] = [draft.base, object].map((each) => parseObject(manifestText([each])));
    const { merged, conflicts } = mergeObjects(base, mine, parseObject(current));
    // Safe because a merge of objects with these fields has them too; the server validates the text again.
    setDraft({ base: object, text: manifestText([merged as KubeObject]) });
    showToast(conflicts.length === 0 ? { title: 'Re-based', description: 'Both changes are in the text now.' } : { title: 'Re-based; look at what both changed', description: `Yours was kept: ${conflicts.join(', ')}`, status: 'degraded' });
  };
  return {
    text,
    dirty,
    outdated,
    // A newer version that says the same (status was written) is no conflict.
    resourceVersions: versionsOf([draft === undefined || sameContent(draft.base, object) ? object : draft.base]),
    edit: (next) => setDraft({ base: draft?.base ?? object, text: next }),
    discard: () => setDraft(undefined),
    rebase,
  };
}

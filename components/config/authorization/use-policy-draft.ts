'use client';

import { useState } from 'react';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import { showToast } from '#components/ui/toast.tsx';
import { sameContent, versionsOf } from '#components/change/manifest-text.ts';
import { mergeObjects } from '#components/change/merge-objects.ts';
import { newAuthorization, readAuthorization, writeAuthorization, type AuthorizationForm, type AuthorizationStart } from './authorization-model.ts';

interface Draft {
  readonly base: AuthorizationPolicy | undefined;
  readonly form: AuthorizationForm;
}
export interface PolicyDraft {
  readonly form: AuthorizationForm | undefined;
  /** Why there is no form. */
  readonly reason: string;
  readonly dirty: boolean;
  readonly outdated: boolean;
  readonly policy: AuthorizationPolicy | undefined;
  readonly resourceVersions: Readonly<Record<string, string>>;
  readonly edit: (change: Partial<AuthorizationForm>) => void;
  readonly discard: () => void;
  readonly rebase: () => void;
}

/** The form over one policy, which may change meanwhile; `undefined` for a new one, which begins with `start`. */
export function usePolicyDraft(stored: AuthorizationPolicy | undefined, namespace: string, start: AuthorizationStart = {}): PolicyDraft {
  const [draft, setDraft] = useState<Draft>();
  const base = draft === undefined ? stored : draft.base;
  const read = base === undefined ? ({ kind: 'editable', form: newAuthorization(namespace, start) } as const) : readAuthorization(base);
  const original = read.kind === 'editable' ? read.form : undefined;
  const form = draft?.form ?? original;
  const dirty = draft !== undefined && JSON.stringify(draft.form) !== JSON.stringify(original);
  const policy = form === undefined ? undefined : writeAuthorization(base, form);
  const rebase = (): void => {
    const { merged, conflicts } = mergeObjects(base, policy, stored);
    // Safe because a merge of policies is a policy; the server validates it again.
    const result = readAuthorization(merged as AuthorizationPolicy);
    if (result.kind === 'too-complex') {
      showToast({ title: 'Cannot be re-based in this form', description: result.reason, status: 'failing' });
      return;
    }
    // Rules are written anew: their places in the newer version are not known.
    setDraft({ base: stored, form: { ...result.form, rules: result.form.rules.map((rule) => (rule.kind === 'rule' ? { ...rule, origin: null } : rule)) } });
    const told = conflicts.filter((path) => !path.endsWith('resourceVersion'));
    showToast(told.length === 0 ? { title: 'Re-based', description: 'Both changes are in the form now.' } : { title: 'Re-based; look at what both changed', description: `Yours was kept: ${told.join(', ')}`, status: 'degraded' });
  };
  return {
    form,
    reason: read.kind === 'too-complex' ? read.reason : '',
    dirty,
    outdated: dirty && stored !== undefined && !sameContent(base, stored),
    policy,
    resourceVersions: versionsOf([sameContent(base, stored) ? stored : base]),
    edit: (change) => {
      if (form !== undefined) setDraft({ base, form: { ...form, ...change } });
    },
    discard: () => setDraft(undefined),
    rebase,
  };
}

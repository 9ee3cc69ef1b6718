'use client';

import { useMemo, useState, type ReactNode } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { YamlEditor } from '#components/code/yaml-editor.tsx';
import { useMay } from '#components/session/queries.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { Button } from '#components/ui/button.tsx';
import { Spinner } from '#components/ui/spinner.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import type { AppliedObject, ApplyAnswer } from '#server/config/schemas.ts';
import { AppliedPanel } from '#components/change/applied-panel.tsx';
import { IssueList } from '#components/change/issue-list.tsx';
import { ReviewDialog } from '#components/change/review-dialog.tsx';
import { UnsavedGuard } from '#components/change/unsaved-guard.tsx';
import { useKnownNames } from './use-known-names.ts';
import { useManifestPreview, type ManifestPreview } from './use-manifest-preview.ts';
import { yamlCompletion } from './yaml-completion.ts';

export interface ManifestEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Differs from what is stored. */
  readonly dirty: boolean;
  readonly onReset: () => void;
  readonly resourceVersions: Readonly<Record<string, string>>;
  readonly onApplied: (answer: ApplyAnswer) => void;
  readonly onConflict: () => void;
  /** The last write of this page, shown until dismissed. */
  readonly applied: { readonly objects: readonly AppliedObject[]; readonly title?: string } | undefined;
  readonly onUndone: (written: readonly AppliedObject[]) => void;
  readonly onDismiss: () => void;
  /** Above the text: it was changed by somebody else. */
  readonly notice?: ReactNode;
  /** What the footer says while nothing was changed. */
  readonly idle?: string;
  /** Below the findings. */
  readonly children?: ReactNode;
}

/** The YAML editor with the server's findings, review before the write, and what the proxies made of it. */
export function ManifestEditor({ label, value, onChange, dirty, onReset, resourceVersions, onApplied, onConflict, applied, onUndone, onDismiss, notice, idle, children }: ManifestEditorProps) {
  const [reviewing, setReviewing] = useState(false);
  const mayEdit = useMay('edit');
  const names = useKnownNames();
  const completion = useMemo(() => yamlCompletion(names), [names]);
  const checked = useManifestPreview(value);
  const review = (): void => {
    if (mayEdit && dirty) setReviewing(true);
  };
  return (
    <SplitLayout
      side={
        <div className="flex h-full flex-col gap-4 overflow-y-auto p-3" tabIndex={0} role="region" aria-label="Findings and results">
          {applied !== undefined && <AppliedPanel applied={applied.objects} onUndone={onUndone} onDismiss={onDismiss} {...(applied.title === undefined ? {} : { title: applied.title })} />}
          <Findings checked={checked} />
          {children}
        </div>
      }
    >
      <div className="flex h-full min-h-0 flex-col">
        {notice}
        <div className="min-h-0 flex-1">
          <YamlEditor label={label} value={value} onChange={onChange} diagnostics={checked.diagnostics} completion={completion} readOnly={!mayEdit} onSave={review} />
        </div>
        <footer className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-t border-line px-4 py-2">
          <span className="min-w-0 flex-1 truncate text-label text-fg-secondary" role="status">
            {mayEdit ? (dirty ? 'Unsaved changes' : (idle ?? 'No changes')) : 'You may look, not change. Ask an admin for the role “edit”.'}
          </span>
          {dirty && (
            <Button variant="ghost" onClick={onReset}>
              Discard
            </Button>
          )}
          {mayEdit && (
            <Button variant="primary" disabled={!dirty} onClick={review}>
              Review changes
            </Button>
          )}
        </footer>
      </div>
      <UnsavedGuard dirty={dirty} />
      <ReviewDialog open={reviewing} onOpenChange={setReviewing} yaml={value} resourceVersions={resourceVersions} onApplied={onApplied} onConflict={onConflict} />
    </SplitLayout>
  );
}

function Findings({ checked: { preview, issues, checking, error } }: { readonly checked: ManifestPreview }) {
  const problems = preview?.parseErrors ?? [];
  const errors = issues.filter(({ severity }) => severity === 'error').length + problems.length;
  const warnings = issues.length + problems.length - errors;
  const status = preview === undefined ? 'unknown' : errors > 0 ? 'failing' : warnings > 0 ? 'degraded' : 'healthy';
  const words = preview === undefined ? 'Not checked yet' : errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : warnings > 0 ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : 'Valid';
  return (
    <section aria-label="Findings" className="flex flex-col gap-2">
      <h2 className="flex items-center gap-2 text-body font-semibold" aria-live="polite">
        <StatusLabel status={status} label={words} />
        {checking && <Spinner />}
      </h2>
      {error !== null && <p className="text-label text-fg-secondary">{toApiError(error).message}</p>}
      <IssueList issues={[...problems.map((problem) => ({ ...problem, severity: 'error' as const, path: '' })), ...issues]} />
    </section>
  );
}

'use client';

import { useMemo, useState, type ReactNode } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { paths } from '#components/api/paths.ts';
import { YamlEditor } from '#components/code/yaml-editor.tsx';
import { lineOfPath } from '#components/code/yaml-position.ts';
import { useMay } from '#components/session/queries.ts';
import { useViewHref } from '#components/shell/use-view-href.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { Button } from '#components/ui/button.tsx';
import { Spinner } from '#components/ui/spinner.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { showToast } from '#components/ui/toast.tsx';
import type { AppliedObject, ApplyAnswer, ConfigIssue } from '#server/config/schemas.ts';
import { AppliedPanel } from '#components/change/applied-panel.tsx';
import { IssueList, type IssueFix } from '#components/change/issue-list.tsx';
import { countWords, issueStatus } from '#components/change/issue-words.ts';
import { keepChange } from '#components/change/kept-change.ts';
import { ReviewDialog } from '#components/change/review-dialog.tsx';
import { UnsavedGuard } from '#components/change/unsaved-guard.tsx';
import { applyFix } from './apply-fix.ts';
import { useKnownNames } from './use-known-names.ts';
import { useManifestPreview, type ManifestPreview, type PlacedIssue } from './use-manifest-preview.ts';
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
  /** A field to show as soon as its place is known: `spec.http[0].route`. */
  readonly at?: string | undefined;
  /** Below the findings. */
  readonly children?: ReactNode;
}

/** The YAML editor with the server's findings, review before the write, and what the proxies made of it. */
export function ManifestEditor({ label, value, onChange, dirty, onReset, resourceVersions, onApplied, onConflict, applied, onUndone, onDismiss, notice, idle, at, children }: ManifestEditorProps) {
  const [reviewing, setReviewing] = useState(false);
  const mayEdit = useMay('edit');
  const viewHref = useViewHref();
  const names = useKnownNames();
  const completion = useMemo(() => yamlCompletion(names), [names]);
  const checked = useManifestPreview(value);
  const review = (): void => {
    if (mayEdit && dirty) setReviewing(true);
  };
  // In a tab of its own: what is typed here stays.
  const tryRequest = (): void => {
    if (dirty) keepChange(value);
    window.open(viewHref(paths.tryRequest(dirty ? { change: 'true' } : {})), '_blank', 'noopener');
  };
  const [chosen, setChosen] = useState<{ readonly line: number }>();
  const arrival = useArrival(at, value, checked);
  const fix = (issue: PlacedIssue): IssueFix | undefined => {
    const { fix: wanted, document } = issue;
    if (!mayEdit || wanted === undefined) return undefined;
    const apply = (): void => {
      const fixed = checked.current ? applyFix(value, document, wanted) : undefined;
      if (fixed === undefined) showToast({ title: 'Not fixed', description: 'The text has changed since: the findings are made anew.', status: 'degraded' });
      else {
        onChange(fixed);
        setReviewing(true);
      }
    };
    return { label: wanted.label, apply };
  };
  return (
    <SplitLayout
      side={
        <div className="flex h-full flex-col gap-4 overflow-y-auto p-3" tabIndex={0} role="region" aria-label="Findings and results">
          {applied !== undefined && <AppliedPanel applied={applied.objects} onUndone={onUndone} onDismiss={onDismiss} {...(applied.title === undefined ? {} : { title: applied.title })} />}
          <Findings checked={checked} fixOf={fix} onShow={(line) => setChosen({ line })} />
          {children}
        </div>
      }
    >
      <div className="flex h-full min-h-0 flex-col">
        {notice}
        <div className="min-h-0 flex-1">
          <YamlEditor label={label} value={value} onChange={onChange} diagnostics={checked.diagnostics} completion={completion} readOnly={!mayEdit} reveal={chosen ?? arrival} onSave={review} />
        </div>
        <footer className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-t border-line px-4 py-2">
          <span className="min-w-0 flex-1 truncate text-label text-fg-secondary" role="status">
            {mayEdit ? (dirty ? 'Unsaved changes' : (idle ?? 'No changes')) : 'You may look, not change. Ask an admin for the role “edit”.'}
          </span>
          <Button variant="ghost" onClick={tryRequest}>
            {dirty ? 'Try with this change' : 'Try a request'}
          </Button>
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

/** Where the field that the page was opened for is: in the text as it was then, or where the server finds it. */
function useArrival(at: string | undefined, value: string, { issues }: ManifestPreview): { readonly line: number } | undefined {
  const [first] = useState(() => (at === undefined ? undefined : lineOfPath(value, at)));
  const line = first ?? (at === undefined ? undefined : issues.find(({ path }) => path === at)?.line);
  return useMemo(() => (line === undefined ? undefined : { line }), [line]);
}

interface FindingsProps {
  readonly checked: ManifestPreview;
  readonly fixOf: (issue: PlacedIssue) => IssueFix | undefined;
  readonly onShow: (line: number) => void;
}

function Findings({ checked: { preview, issues, checking, error }, fixOf, onShow }: FindingsProps) {
  const problems = preview?.parseErrors ?? [];
  const all: readonly (ConfigIssue | PlacedIssue)[] = [...problems.map((problem): ConfigIssue => ({ ...problem, severity: 'error', path: '' })), ...issues];
  const status = preview === undefined ? 'unknown' : issueStatus(all);
  const words = preview === undefined ? 'Not checked yet' : all.length === 0 ? 'Valid' : countWords(all);
  return (
    <section aria-label="Findings" className="flex flex-col gap-2">
      <h2 className="flex items-center gap-2 text-body font-semibold" aria-live="polite">
        <StatusLabel status={status} label={words} />
        {checking && <Spinner />}
      </h2>
      {error !== null && <p className="text-label text-fg-secondary">{toApiError(error).message}</p>}
      <IssueList issues={all} fixOf={(issue) => ('document' in issue ? fixOf(issue) : undefined)} onShow={onShow} />
    </section>
  );
}

'use client';

import { useState, type ReactNode } from 'react';
import { YamlDiff } from '#components/code/yaml-diff.tsx';
import { useMay } from '#components/session/queries.ts';
import { Button } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { AppliedObject, ApplyAnswer } from '#server/config/schemas.ts';
import { AppliedPanel } from './applied-panel.tsx';
import { manifestText } from './manifest-text.ts';
import { NewerNotice } from './newer-notice.tsx';
import { ReviewDialog } from './review-dialog.tsx';
import { UnsavedGuard } from './unsaved-guard.tsx';

export interface FormEditorProps {
  /** What is edited, as the start of a sentence. */
  readonly what: string;
  /** What the form says, in words. */
  readonly sentences: readonly string[];
  /** The stored objects, for the difference. */
  readonly before: readonly (KubeObject | undefined)[];
  /** What would be written; empty without a change. */
  readonly objects: readonly KubeObject[];
  readonly dirty: boolean;
  readonly outdated: boolean;
  readonly resourceVersions: Readonly<Record<string, string>>;
  /** What keeps it from being written, after a first try. */
  readonly problem: string | undefined;
  /** Called by Review; false keeps the dialog closed. */
  readonly onReview: () => boolean;
  readonly onDiscard: () => void;
  readonly onRebase: () => void;
  readonly onApplied: (answer: ApplyAnswer) => void;
  readonly onConflict: () => void;
  /** In the review, above the differences. */
  readonly reviewNote?: ReactNode;
  /** Beside the form, under the words. */
  readonly side?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of a form that writes objects: fields left; words, generated YAML and results right; review below. */
export function FormEditor({ what, sentences, before, objects, dirty, outdated, resourceVersions, problem, onReview, onDiscard, onRebase, onApplied, onConflict, reviewNote, side, children }: FormEditorProps) {
  const [reviewing, setReviewing] = useState(false);
  const [applied, setApplied] = useState<{ readonly objects: readonly AppliedObject[]; readonly title?: string }>();
  const mayEdit = useMay('edit');
  const words = (
    <ul aria-label="In words" className="flex flex-col gap-1 text-body">
      {sentences.map((sentence, index) => (
        // Two rules may read the same.
        <li key={`${index}-${sentence}`}>{sentence}</li>
      ))}
    </ul>
  );
  return (
    <SplitLayout
      sideWidth={420}
      side={
        <div className="flex h-full flex-col gap-4 overflow-y-auto p-3" tabIndex={0} role="region" aria-label="Summary and results">
          {applied !== undefined && <AppliedPanel applied={applied.objects} onDismiss={() => setApplied(undefined)} onUndone={(written) => setApplied({ objects: written, title: 'Undone' })} {...(applied.title === undefined ? {} : { title: applied.title })} />}
          <section className="flex flex-col gap-1.5">
            <h2 className="text-body font-semibold">In words</h2>
            {words}
          </section>
          {side}
          <Generated before={before} objects={objects} dirty={dirty} />
        </div>
      }
    >
      <div className="flex h-full min-h-0 flex-col">
        {outdated && <NewerNotice what={what} onRebase={onRebase} onDiscard={onDiscard} />}
        <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">{children}</div>
        <footer className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-t border-line px-4 py-2">
          <p className="min-w-0 flex-1 truncate text-label text-fg-secondary" role="status">
            {!mayEdit ? 'You may look, not change. Ask an admin for the role “edit”.' : problem !== undefined ? <span className="font-medium text-fg before:mr-1 before:text-failing before:content-['✕']">{problem}</span> : dirty ? 'Unsaved changes' : before.every((object) => object === undefined) ? 'Nothing to review yet' : 'No changes'}
          </p>
          {dirty && (
            <Button variant="ghost" onClick={onDiscard}>
              Discard
            </Button>
          )}
          {mayEdit && (
            <Button variant="primary" disabled={!dirty} onClick={() => onReview() && setReviewing(true)}>
              Review changes
            </Button>
          )}
        </footer>
      </div>
      <UnsavedGuard dirty={dirty} />
      <ReviewDialog
        open={reviewing}
        onOpenChange={setReviewing}
        yaml={manifestText(objects)}
        resourceVersions={resourceVersions}
        onApplied={(answer) => {
          setApplied({ objects: answer.applied });
          onApplied(answer);
        }}
        onConflict={onConflict}
      >
        {words}
        {reviewNote}
      </ReviewDialog>
    </SplitLayout>
  );
}

/** The YAML that the form stands for: the difference while there is one, else what is stored. */
function Generated({ before, objects, dirty }: Pick<FormEditorProps, 'before' | 'objects' | 'dirty'>) {
  const stored = before.filter((object) => object !== undefined);
  const shown = dirty ? objects : stored;
  if (shown.length === 0) return null;
  return (
    <section aria-label="YAML" className="flex flex-col gap-3">
      {shown.map((object) => {
        const old = stored.find(({ kind }) => kind === object.kind);
        const text = manifestText([object]);
        return (
          <div key={object.kind} className="flex flex-col gap-1">
            <h2 className="flex items-center gap-1 text-body font-semibold">
              <span className="min-w-0 flex-1 truncate">
                {object.kind} <span className="font-normal text-fg-secondary">{dirty ? (old === undefined ? 'will be created' : 'will change') : 'as stored'}</span>
              </span>
              <CopyButton text={text} label="Copy the YAML" />
            </h2>
            <div className="max-h-96 overflow-auto rounded-panel border border-line">{dirty ? <YamlDiff label={`Changes of ${object.kind}`} before={old === undefined ? '' : manifestText([old])} after={text} /> : <pre className="p-2 font-mono text-label" tabIndex={0}>{text}</pre>}</div>
          </div>
        );
      })}
    </section>
  );
}

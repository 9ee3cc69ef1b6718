'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { YamlDiff } from '#components/code/yaml-diff.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { Notice } from '#components/ui/states.tsx';
import type { ApplyAnswer, PreviewAnswer, PreviewedObject } from '#server/config/schemas.ts';
import { kindLabel } from '#components/config/kind-label.ts';
import { applyManifest, manifestPreviewQuery } from '#components/config/queries.ts';
import { IssueList } from './issue-list.tsx';

export interface ReviewDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** What would be written, in this order. */
  readonly yaml: string;
  readonly resourceVersions: Readonly<Record<string, string>>;
  readonly onApplied: (answer: ApplyAnswer) => void;
  /** Somebody was faster; the page reads the newer version and offers to re-base. */
  readonly onConflict: () => void;
  /** Above the differences: what the change means. */
  readonly children?: ReactNode;
}

/** The step before every write: the server's dry run, the difference to what is stored, then Apply. */
export function ReviewDialog({ open, onOpenChange, yaml, resourceVersions, onApplied, onConflict, children }: ReviewDialogProps) {
  const client = useQueryClient();
  const preview = useQuery({ ...manifestPreviewQuery(yaml), enabled: open });
  const apply = useMutation({
    mutationFn: applyManifest,
    onSuccess: async (answer) => {
      await client.invalidateQueries({ queryKey: ['config'] });
      onOpenChange(false);
      onApplied(answer);
    },
  });
  const change = (next: boolean): void => {
    apply.reset();
    onOpenChange(next);
  };
  const error = apply.error === null ? undefined : toApiError(apply.error);
  const ready = preview.data !== undefined && canApply(preview.data);
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title="Review changes"
      description="Nothing is written yet. This is the server’s dry run."
      size="lg"
      footer={
        <>
          <span className="mr-auto flex items-center gap-1 text-label text-fg-secondary">
            <CopyButton text={yaml} label="Copy the YAML" /> Copy for <code className="font-mono">kubectl apply -f -</code>
          </span>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button variant="primary" pending={apply.isPending} disabled={!ready} onClick={() => apply.mutate({ yaml, resourceVersions })}>
            Apply
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {children}
        {error !== undefined && (
          <div className="overflow-hidden rounded-panel border border-line">
            <Notice
              status="failing"
              title={error.code === 'conflict' ? 'Somebody changed this meanwhile; nothing was written.' : 'Not applied.'}
              message={error.code === 'conflict' ? undefined : [error.message, error.hint].filter((part) => part !== undefined).join(' ')}
              {...(error.code === 'conflict'
                ? {
                    action: (
                      <Button
                        onClick={() => {
                          change(false);
                          onConflict();
                        }}
                      >
                        Show the newer version
                      </Button>
                    ),
                  }
                : {})}
            />
          </div>
        )}
        <DataState query={preview}>{(data) => <Preview data={data} />}</DataState>
      </div>
    </Dialog>
  );
}

function Preview({ data }: { readonly data: PreviewAnswer }) {
  if (data.parseErrors.length > 0) return <IssueList issues={data.parseErrors.map((error) => ({ ...error, severity: 'error', path: '' }))} />;
  return (
    <div className="flex flex-col gap-4">
      {data.objects.map((object, index) => (
        <section key={object.ref === null ? index : `${object.ref.group}/${object.ref.kind}/${object.ref.namespace ?? ''}/${object.ref.name}`} className="flex flex-col gap-2">
          <h3 className="flex items-center gap-2 text-body font-semibold">
            <Badge tone={object.action === 'refused' ? 'neutral' : 'accent'}>{ACTION_WORDS[object.action]}</Badge>
            {object.ref === null ? `Object ${index + 1}` : `${kindLabel(object.ref)} ${object.ref.namespace === undefined ? '' : `${object.ref.namespace}/`}${object.ref.name}`}
          </h3>
          {object.issues.length > 0 && <IssueList issues={object.issues} />}
          {object.afterYaml !== null && (
            <div className="overflow-hidden rounded-panel border border-line">
              <YamlDiff label={`Changes of ${object.ref?.kind ?? ''} ${object.ref?.name ?? ''}`} before={object.beforeYaml ?? ''} after={object.afterYaml} />
            </div>
          )}
        </section>
      ))}
    </div>
  );
}

const ACTION_WORDS: Readonly<Record<PreviewedObject['action'], string>> = { create: 'Create', update: 'Update', unchanged: 'No change', refused: 'Refused' };

function canApply({ parseErrors, objects }: PreviewAnswer): boolean {
  return parseErrors.length === 0 && objects.every(({ action }) => action !== 'refused') && objects.some(({ action }) => action !== 'unchanged');
}

'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { useState } from 'react';
import { paths } from '#components/api/paths.ts';
import { useMay } from '#components/session/queries.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { StatusBadge } from '#components/status/status-label.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { showErrorToast, showToast } from '#components/ui/toast.tsx';
import type { AppliedObject, ObjectAnswer } from '#server/config/schemas.ts';
import { countWords, issueStatus } from '#components/change/issue-words.ts';
import { NewerNotice } from '#components/change/newer-notice.tsx';
import { useUndo } from '#components/change/use-undo.ts';
import { formHrefOf } from '../form-href.ts';
import { configObjectQuery, deleteObject, type ObjectAddress } from '../queries.ts';
import { kindLabel } from '../kind-label.ts';
import { CommandsPanel } from './commands-panel.tsx';
import { HistoryList } from './history-list.tsx';
import { ManifestEditor } from './manifest-editor.tsx';
import { StatusConditions } from './status-conditions.tsx';
import { useObjectDraft } from './use-object-draft.ts';

const TABS = ['yaml', 'history'] as const;

/** One object: its YAML to edit, what is wrong with it, who changed it. */
export function ConfigObjectPage({ address }: { readonly address: ObjectAddress }) {
  const query = useQuery(configObjectQuery(address));
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(TABS).withDefault('yaml'));
  const { data } = query;
  const formHref = data === undefined ? undefined : formHrefOf(data.object);
  return (
    <Page
      crumbs={[{ label: 'Config', href: paths.config() }, { label: kindLabel({ kind: data?.ref.kind ?? address.plural, group: address.group }) }, { label: address.namespace === undefined ? address.name : `${address.namespace}/${address.name}` }]}
      badge={data === undefined ? undefined : <StatusBadge status={issueStatus(data.issues)} label={data.issues.length === 0 ? 'Valid' : countWords(data.issues)} />}
      actions={
        <>
          <SegmentedControl label="View" value={tab} onValueChange={(next) => void setTab(next)} options={[{ value: 'yaml', label: 'YAML' }, { value: 'history', label: 'History' }]} />
          {formHref !== undefined && (
            <AppLink href={formHref} className={buttonClass()}>
              Edit in a form
            </AppLink>
          )}
          {data !== undefined && <DeleteAction address={address} data={data} />}
        </>
      }
      namespaces={false}
      time={false}
      fill
    >
      <DataState query={query} className="flex h-full min-h-0 flex-col">
        {(answer) => <Content answer={answer} tab={tab} />}
      </DataState>
    </Page>
  );
}

function Content({ answer, tab }: { readonly answer: ObjectAnswer; readonly tab: (typeof TABS)[number] }) {
  const client = useQueryClient();
  const draft = useObjectDraft(answer);
  const [at] = useQueryState('at', parseAsString);
  const [applied, setApplied] = useState<{ readonly objects: readonly AppliedObject[]; readonly title?: string }>();
  const { ref } = answer;
  const onUndone = (written: readonly AppliedObject[]): void => setApplied({ objects: written, title: 'Undone' });
  return (
    <>
      {tab === 'history' && (
        <div className="min-h-0 flex-1 overflow-y-auto p-4">
          <HistoryList entries={answer.history} onUndone={onUndone} />
        </div>
      )}
      {/* Kept while the history is looked at: what is typed must not be lost. */}
      <div className={tab === 'yaml' ? 'flex min-h-0 flex-1 flex-col' : 'hidden'}>
        <ManifestEditor
          label={`YAML of ${kindLabel(ref)} ${ref.name}`}
          value={draft.text}
          onChange={draft.edit}
          dirty={draft.dirty}
          onReset={draft.discard}
          resourceVersions={draft.resourceVersions}
          applied={applied}
          at={at ?? undefined}
          onApplied={({ applied: objects }) => {
            draft.discard();
            setApplied({ objects });
          }}
          onConflict={() => void client.invalidateQueries({ queryKey: ['config'] })}
          onUndone={onUndone}
          onDismiss={() => setApplied(undefined)}
          notice={draft.outdated ? <NewerNotice what={`${kindLabel(ref)} ${ref.name}`} onRebase={draft.rebase} onDiscard={draft.discard} /> : undefined}
        >
          <StatusConditions status={answer.object.status} />
          <CommandsPanel refOf={ref} />
        </ManifestEditor>
      </div>
    </>
  );
}

function DeleteAction({ address, data }: { readonly address: ObjectAddress; readonly data: ObjectAnswer }) {
  const client = useQueryClient();
  const navigate = useAppNavigate();
  const [asking, setAsking] = useState(false);
  const undo = useUndo();
  const remove = useMutation({
    mutationFn: deleteObject,
    onSuccess: ({ auditId }) => {
      setAsking(false);
      navigate(paths.config());
      client.removeQueries({ queryKey: configObjectQuery(address).queryKey });
      void client.invalidateQueries({ queryKey: ['config', 'list'] });
      showToast({ title: `${kindLabel(data.ref)} ${data.ref.name} deleted`, action: { label: 'Undo', onClick: () => undo.mutate([auditId]) } });
    },
    onError: (error) => showErrorToast('Not deleted', error),
  });
  if (!useMay('edit')) return null;
  return (
    <>
      <IconButton label="Delete" icon={<Trash2 />} onClick={() => setAsking(true)} />
      <ConfirmDialog open={asking} onOpenChange={setAsking} title={`Delete ${kindLabel(data.ref)} ${data.ref.name}?`} confirmLabel="Delete" typedName={data.ref.name} pending={remove.isPending} onConfirm={() => remove.mutate(address)}>
        Proxies stop following it within seconds. The history keeps its text, and Undo writes it again.
      </ConfirmDialog>
    </>
  );
}

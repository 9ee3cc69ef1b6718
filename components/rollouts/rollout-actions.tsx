'use client';

import { ChevronsRight, Pause, Play, RotateCcw, Rocket } from 'lucide-react';
import { useState } from 'react';
import { paths } from '#components/api/paths.ts';
import { useMay } from '#components/session/queries.ts';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { Button } from '#components/ui/button.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { useDeleteRollout, useRolloutAction, type RolloutView } from './queries.ts';

/** What a person may do to a rollout now: the buttons of its page. */
export function RolloutActions({ view }: { readonly view: RolloutView }) {
  const { rollout } = view;
  const namespace = rollout.metadata.namespace ?? '';
  const { name } = rollout.metadata;
  const action = useRolloutAction(namespace, name);
  const mayEdit = useMay('edit');
  const [asking, setAsking] = useState<'abort' | 'promote' | 'delete'>();
  if (!mayEdit) return null;
  const { phase } = rollout.status ?? {};
  if (rollout.status?.finishedAt !== undefined) {
    return (
      <>
        <Button onClick={() => setAsking('delete')}>Delete record</Button>
        <DeleteDialog namespace={namespace} name={name} open={asking === 'delete'} onOpenChange={(open) => setAsking(open ? 'delete' : undefined)} />
      </>
    );
  }
  if (phase === 'RollingBack') return null;
  const run = (what: Parameters<typeof action.mutate>[0]): void => action.mutate(what, { onSuccess: () => setAsking(undefined) });
  const paused = rollout.spec?.paused === true;
  const begun = phase !== undefined && phase !== 'Pending';
  return (
    <>
      {phase === 'Drifted' && (
        <>
          <Button onClick={() => run('adopt')}>{`Adopt ${view.route?.canary ?? '?'} %`}</Button>
          <Button onClick={() => run('restore')}>{`Restore ${rollout.status?.weight ?? 0} %`}</Button>
        </>
      )}
      <Button icon={paused ? <Play /> : <Pause />} onClick={() => run(paused ? 'resume' : 'pause')}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
      {begun && (
        <>
          <Button icon={<ChevronsRight />} onClick={() => run('advance')}>
            Next step
          </Button>
          <Button icon={<Rocket />} onClick={() => setAsking('promote')}>
            Promote
          </Button>
          <Button variant="danger" icon={<RotateCcw />} onClick={() => setAsking('abort')}>
            Abort
          </Button>
        </>
      )}
      <ConfirmDialog open={asking === 'abort'} onOpenChange={(open) => setAsking(open ? 'abort' : undefined)} title={`Abort ${name}?`} confirmLabel="Abort rollout" pending={action.isPending} onConfirm={() => run('abort')}>
        All traffic goes back to {rollout.spec?.stable.subset ?? 'stable'} at once. The rollout ends as rolled back.
      </ConfirmDialog>
      <ConfirmDialog open={asking === 'promote'} onOpenChange={(open) => setAsking(open ? 'promote' : undefined)} title={`Promote ${rollout.spec?.canary.subset ?? 'the canary'} now?`} confirmLabel="Promote" pending={action.isPending} onConfirm={() => run('promote')}>
        The remaining steps are skipped and all traffic goes to {rollout.spec?.canary.subset ?? 'the canary'}. It is still judged for the last step&apos;s time.
      </ConfirmDialog>
    </>
  );
}

function DeleteDialog({ namespace, name, open, onOpenChange }: { readonly namespace: string; readonly name: string; readonly open: boolean; readonly onOpenChange: (open: boolean) => void }) {
  const remove = useDeleteRollout(namespace, name);
  const navigate = useAppNavigate();
  return (
    <ConfirmDialog open={open} onOpenChange={onOpenChange} title={`Delete the record of ${name}?`} confirmLabel="Delete" pending={remove.isPending} onConfirm={() => remove.mutate(undefined, { onSuccess: () => navigate(paths.rollouts()) })}>
      Traffic stays as it is; only this rollout&apos;s history goes.
    </ConfirmDialog>
  );
}

'use client';

import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { paths } from '#components/api/paths.ts';
import { YamlDiff } from '#components/code/yaml-diff.tsx';
import { manifestText } from '#components/change/manifest-text.ts';
import { useUndo } from '#components/change/use-undo.ts';
import { useMay } from '#components/session/queries.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { absoluteTimeText } from '#components/time/relative-time-text.ts';
import { Button } from '#components/ui/button.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { AuditEntry } from '#server/audit/audit-log.ts';
import { actorText, changeText, detailText } from '#components/change/describe-entry.ts';

/** One write: what it changed line by line, and undo. */
export function EntryPanel({ entry, onClose }: { readonly entry: AuditEntry; readonly onClose: () => void }) {
  const [asking, setAsking] = useState(false);
  const mayEdit = useMay('edit');
  const undo = useUndo(() => setAsking(false));
  const { before, after } = entry;
  const href = hrefOfObject(after);
  const undoable = before !== undefined || after !== undefined;
  return (
    <SidePanel
      label="Change"
      title={changeText(entry)}
      subtitle={
        <>
          {actorText(entry.actor)} · {absoluteTimeText(Date.parse(entry.time))}
        </>
      }
      onClose={onClose}
      actions={
        <>
          {href !== undefined && (
            <AppLink href={href} className="inline-flex h-7 items-center rounded-control px-1.5 text-label text-accent hover:underline">
              Open
            </AppLink>
          )}
          {undoable && (
            <Button icon={<Undo2 />} disabled={!mayEdit} title={mayEdit ? undefined : 'Your role may only view.'} onClick={() => setAsking(true)}>
              Undo
            </Button>
          )}
        </>
      }
    >
      {detailText(entry) !== undefined && <p className="border-b border-line-subtle px-3 py-2 text-body text-fg-secondary">{detailText(entry)}</p>}
      {undoable ? <YamlDiff label={changeText(entry)} before={textOf(before)} after={textOf(after)} /> : <EmptyState title="Nothing in the mesh was written" hint="This entry is about access to the console." />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={after === undefined ? 'Write it again?' : before === undefined ? 'Delete it again?' : 'Put it back as it was?'}
        confirmLabel={after === undefined ? 'Write it again' : before === undefined ? 'Delete' : 'Put back'}
        pending={undo.isPending}
        onConfirm={() => undo.mutate([entry.id])}
      >
        {after === undefined ? 'The deleted object is created with its old content.' : before === undefined ? `${entry.object?.kind ?? 'The object'} ${entry.object?.name ?? ''} did not exist before this write and is removed.` : 'The content from before this write is written.'} It is refused when somebody has changed the object since; nothing of theirs is lost.
      </ConfirmDialog>
    </SidePanel>
  );
}

function textOf(object: KubeObject | undefined): string {
  return object === undefined ? '' : manifestText([object]);
}

/** The editor of the object as it is now; a deleted one has none. */
function hrefOfObject(object: KubeObject | undefined): string | undefined {
  if (object === undefined) return undefined;
  const info = kindByApiVersion(object.apiVersion, object.kind);
  const { name, namespace } = object.metadata;
  return info === undefined ? undefined : paths.configObject({ group: info.group, version: info.versions[0], plural: info.plural, namespace, name });
}

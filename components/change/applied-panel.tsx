'use client';

import { useQuery } from '@tanstack/react-query';
import { Undo2, X } from 'lucide-react';
import { toApiError } from '#components/api/api-error.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Status } from '#components/status/status.ts';
import { ShareMeter } from '#components/charts/share-meter.tsx';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { kindLabel } from '#components/config/kind-label.ts';
import { KINDS } from '#mesh-core/domain/resources/kinds.ts';
import type { AcksAnswer, AppliedObject } from '#server/config/schemas.ts';
import { acksQuery, proxiesQuery } from '#components/config/queries.ts';
import { proxyName } from './proxy-name.ts';
import { useUndo } from './use-undo.ts';

export interface AppliedPanelProps {
  readonly applied: readonly AppliedObject[];
  /** What was done, e.g. `Undone`; default: what was written. */
  readonly title?: string;
  readonly onUndone: (written: readonly AppliedObject[]) => void;
  readonly onDismiss: () => void;
}

/** After a write: which proxies run with it now, which refused it and why, and the way back. */
export function AppliedPanel({ applied, title, onUndone, onDismiss }: AppliedPanelProps) {
  const undo = useUndo(onUndone);
  const auditIds = applied.flatMap(({ auditId }) => (auditId === undefined ? [] : [auditId]));
  const warnings = applied.flatMap((object) => object.warnings);
  const version = meshVersion(applied);
  return (
    <section aria-label="Applied" className="flex flex-col gap-2 rounded-panel border border-line bg-panel p-3">
      <div className="flex items-start gap-2">
        <h2 className="min-w-0 flex-1 text-body font-semibold">{title ?? (applied.every(({ action }) => action === 'unchanged') ? 'Nothing changed' : 'Applied')}</h2>
        <div className="-mt-1 -mr-1 flex items-center gap-1">
          {auditIds.length > 0 && (
            <Button icon={<Undo2 />} pending={undo.isPending} onClick={() => undo.mutate(auditIds)}>
              Undo
            </Button>
          )}
          <IconButton label="Dismiss" icon={<X />} onClick={onDismiss} />
        </div>
      </div>
      <ul className="text-label text-fg-secondary">
        {applied.map(({ ref, action }) => (
          <li key={`${ref.group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`}>
            {kindLabel(ref)} <span className="font-mono text-fg">{ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`}</span> {action}
          </li>
        ))}
      </ul>
      {version === undefined ? applied.length > 0 && <p className="text-label text-fg-secondary">Proxies are not sent this kind of object.</p> : <Acknowledgements resourceVersion={version} />}
      {warnings.length > 0 && (
        <ul className="text-label">
          {warnings.map((warning) => (
            <li key={warning} className="flex items-start gap-2">
              <StatusGlyph status="degraded" label="Warning" />
              {warning}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Acknowledgements({ resourceVersion }: { readonly resourceVersion: string }) {
  const acks = useQuery(acksQuery(resourceVersion));
  const proxies = useQuery(proxiesQuery);
  const { data } = acks;
  if (data === undefined) return <p role="status" className="text-label text-fg-secondary">{acks.error === null ? 'Waiting for the proxies' : toApiError(acks.error).message}</p>;
  const state = stateOf(data);
  return (
    <div className="flex flex-col gap-1.5">
      <p role="status" className="flex items-center gap-1.5 text-body font-medium">
        <StatusGlyph status={state.status} />
        {state.text}
      </p>
      <ShareMeter label="Proxies" height={4} segments={[{ label: 'acknowledged', value: data.acknowledged, color: 'var(--status-healthy-fg)' }, { label: 'rejected', value: data.rejected.length, color: 'var(--status-failing-fg)' }, { label: 'waiting', value: data.waiting.length, color: 'var(--status-idle-border)' }]} />
      {data.rejected.map(({ proxy, error }) => (
        <p key={proxy} className="text-label">
          <span className="font-mono">{proxyName(proxy)}</span> <span className="text-fg-secondary">{error}</span>
        </p>
      ))}
      <ProxyList data={data} names={(proxies.data ?? []).map(({ proxyId }) => proxyId)} />
    </div>
  );
}

function ProxyList({ data, names }: { readonly data: AcksAnswer; readonly names: readonly string[] }) {
  const rejected = new Set(data.rejected.map(({ proxy }) => proxy));
  const waiting = new Set(data.waiting);
  const rows = [...new Set([...rejected, ...waiting, ...names])].map((id): { id: string; status: Status; word: string } => (rejected.has(id) ? { id, status: 'failing', word: 'rejected' } : waiting.has(id) ? { id, status: 'progressing', word: 'waiting' } : { id, status: 'healthy', word: 'acknowledged' }));
  if (rows.length === 0) return null;
  return (
    <details className="text-label">
      <summary className="w-fit rounded-sm text-fg-secondary hover:text-fg">Each proxy</summary>
      <ul className="mt-1 flex flex-col gap-0.5">
        {rows.map(({ id, status, word }) => (
          <li key={id} className="flex items-center gap-1.5">
            <StatusGlyph status={status} quiet />
            <span className="min-w-0 flex-1 truncate font-mono" title={id}>
              {proxyName(id)}
            </span>
            <span className="text-fg-secondary">{word}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function stateOf(data: AcksAnswer): { readonly status: Status; readonly text: string } {
  if (data.rejected.length > 0) return { status: 'failing', text: `Rejected by ${data.rejected.length} of ${data.total} proxies` };
  if (data.total === 0) return { status: 'unknown', text: 'No proxy is connected' };
  if (data.acknowledged === data.total) return { status: 'healthy', text: data.total === 1 ? 'The one proxy acknowledged' : `All ${data.total} proxies acknowledged` };
  return { status: 'progressing', text: `${data.acknowledged} of ${data.total} proxies acknowledged` };
}

/** The newest version of what proxies are sent; versions of the API server are numbers that only grow. */
function meshVersion(applied: readonly AppliedObject[]): string | undefined {
  const versions = applied.filter(({ ref }) => KINDS.find(({ kind, group }) => kind === ref.kind && group === ref.group)?.affectsMesh === true).map(({ resourceVersion }) => Number(resourceVersion));
  return versions.length === 0 || versions.some(Number.isNaN) ? undefined : String(Math.max(...versions));
}

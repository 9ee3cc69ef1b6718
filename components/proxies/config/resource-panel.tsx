'use client';

import { useState, type ReactNode } from 'react';
import { JsonView } from '#components/code/json-view.tsx';
import { YamlDiff } from '#components/code/yaml-diff.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { comparisonStatus } from '#components/status/status.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import type { ComparedResource } from '#server/proxies/schemas.ts';
import { TYPE_NAMES } from '../type-names.ts';
import { ClusterDetail } from './cluster-detail.tsx';
import { EndpointDetail } from './endpoint-detail.tsx';
import { ListenerDetail } from './listener-detail.tsx';
import { ResourceLink, useUsers } from './resource-link.tsx';
import { VirtualHostList } from './virtual-host-list.tsx';
import { describeVirtualHosts } from './describe-routes.ts';
import { SecretDetail } from './secret-detail.tsx';

export interface ResourcePanelProps {
  readonly resource: ComparedResource;
  readonly startWithDifference: boolean;
  readonly onClose: () => void;
}
type View = 'parts' | 'json' | 'difference';

/** One resource: its parts with links to what it names, its JSON, and where it differs from what is offered. */
export function ResourcePanel({ resource, startWithDifference, onClose }: ResourcePanelProps) {
  const { type, name, held, offered } = resource;
  const differs = held !== undefined && offered !== undefined;
  const [chosen, setView] = useState<View>(startWithDifference && differs ? 'difference' : 'parts');
  // It may have come into line since.
  const view = chosen === 'difference' && !differs ? 'parts' : chosen;
  const shown = held ?? offered ?? {};
  return (
    <SidePanel
      label={TYPE_NAMES[type].one}
      title={<span title={name}>{name}</span>}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2">
          {TYPE_NAMES[type].one}
          <StatusLabel {...comparisonStatus(resource)} />
          {resource.updatedAt !== undefined && (
            <span className="text-fg-tertiary">
              received <RelativeTime at={resource.updatedAt} />
            </span>
          )}
        </span>
      }
      onClose={onClose}
    >
      <div className="flex h-full min-h-0 flex-col">
        <div className="flex shrink-0 items-center gap-2 border-b border-line-subtle px-3 py-1.5">
          <SegmentedControl
            label="Shown as"
            value={view}
            onValueChange={setView}
            options={[{ value: 'parts', label: 'Parts' }, { value: 'json', label: 'JSON' }, ...(differs ? [{ value: 'difference' as const, label: 'Difference' }] : [])]}
          />
          <span className="ml-auto">
            <CopyButton text={JSON.stringify(shown, null, 2)} label="Copy the JSON" />
          </span>
        </div>
        {view === 'json' && <JsonView value={shown} label={`JSON of ${name}`} className="flex-1" />}
        {view === 'difference' && (
          <>
            <p className="shrink-0 px-3 py-1.5 text-label text-fg-secondary">Red is what the proxy has, teal what the control plane would send.</p>
            <YamlDiff before={JSON.stringify(held, null, 2)} after={JSON.stringify(offered, null, 2)} label={`Difference of ${name}`} className="flex-1" />
          </>
        )}
        {view === 'parts' && (
          <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-3 text-label">
            <Explanation resource={resource} />
            <Detail type={type} resource={shown} />
            <Users resource={resource} />
          </div>
        )}
      </div>
    </SidePanel>
  );
}

function Detail({ type, resource }: { readonly type: ComparedResource['type']; readonly resource: NonNullable<ComparedResource['held']> }) {
  switch (type) {
    case 'listener':
      return <ListenerDetail listener={resource} />;
    case 'route':
      return <VirtualHostList hosts={describeVirtualHosts(resource)} />;
    case 'cluster':
      return <ClusterDetail cluster={resource} />;
    case 'endpoint':
      return <EndpointDetail assignment={resource} />;
    case 'secret':
      return <SecretDetail secret={resource} />;
  }
}

const EXPLANATIONS: Partial<Record<ComparedResource['comparison'], string>> = {
  different: 'The proxy has an older form of it, or refused the newest one.',
  missing: 'The control plane offers it; the proxy does not have it. What you see is the offer.',
  extra: 'The proxy has it; the control plane no longer offers it.',
  'not-asked': 'The control plane would send it to a proxy that asks for it by name; nothing in this one does. What you see is the offer.',
  own: 'It does not come from the control plane by discovery: the proxy has it from itself.',
};

function Explanation({ resource: { comparison, phase } }: { readonly resource: ComparedResource }): ReactNode {
  const text = phase === 'warming' ? 'It was received, and waits for what it names before it comes into force.' : phase === 'draining' ? 'It was taken away, and serves the connections that it still has.' : EXPLANATIONS[comparison];
  return text === undefined ? null : <p className="text-fg-secondary">{text}</p>;
}

function Users({ resource }: { readonly resource: ComparedResource }) {
  const users = useUsers(resource);
  if (users.length === 0) return null;
  return (
    <section className="flex flex-col gap-1">
      <h3 className="font-semibold">Named by</h3>
      <ul className="flex flex-col gap-1">
        {users.slice(0, 20).map((user) => (
          <li key={`${user.type} ${user.name}`} className="flex gap-2">
            <span className="w-20 shrink-0 text-fg-secondary">{TYPE_NAMES[user.type].one}</span>
            <ResourceLink to={user} />
          </li>
        ))}
        {users.length > 20 && <li className="text-fg-secondary">and {users.length - 20} more</li>}
      </ul>
    </section>
  );
}

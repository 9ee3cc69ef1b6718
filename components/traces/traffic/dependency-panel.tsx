'use client';

import type { ReactNode } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Button } from '#components/ui/button.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import type { DependenciesAnswer } from '#server/traces/derived/schemas.ts';
import { errorRatio, type RedFigures } from './red-figures.ts';
import { tracesOf, tracesOfEdge } from './trace-query-links.ts';

const CONNECTIONS: Readonly<Record<string, string>> = { unset: 'call', virtual_node: 'name only', messaging_system: 'message', database: 'database' };

/** OpenTelemetry's connection types in words. */
export function connectionText(type: string): string {
  return CONNECTIONS[type] ?? type;
}

/** The service or edge that is chosen: its figures, its neighbours, the ways on. */
export function DependencyPanel({ data, id, onChoose, onFocus }: { readonly data: DependenciesAnswer; readonly id: string; readonly onChoose: (id: string | undefined) => void; readonly onFocus: (id: string) => void }) {
  const close = (): void => onChoose(undefined);
  const node = data.nodes.find((each) => each.name === id);
  if (node !== undefined) {
    const calls = data.edges.filter((edge) => edge.client === id);
    const callers = data.edges.filter((edge) => edge.server === id);
    return (
      <SidePanel label="Service" title={node.name} subtitle={node.kind === 'service' ? 'sends spans' : node.kind === 'database' ? 'a database, known by its clients' : 'sends no spans, known by name'} onClose={close}>
        <div className="flex flex-col gap-4 p-3">
          <Links>
            <AppLink href={tracesOf({ service: id })} className="text-accent hover:underline">Its traces</AppLink>
            {node.kind === 'service' && <AppLink href={withParams(paths.traceServices(), { service: id })} className="text-accent hover:underline">Its operations</AppLink>}
            <Button onClick={() => onFocus(id)}>Only what it touches</Button>
          </Links>
          {node.traffic !== undefined && <Figures title={node.traffic.incoming ? 'Calls that come in' : 'Calls that it makes'} of={node.traffic} />}
          <Neighbours title="Called by" edges={callers} nameOf={(edge) => edge.client} onChoose={onChoose} />
          <Neighbours title="Calls" edges={calls} nameOf={(edge) => edge.server} onChoose={onChoose} />
        </div>
      </SidePanel>
    );
  }
  const [client = '', server = '', type = ''] = id.split('→');
  const edge = data.edges.find((each) => each.client === client && each.server === server && each.type === type);
  const mesh = edge?.meshRatePerSecond ?? data.untraced.find((each) => each.client === client && each.server === server)?.meshRatePerSecond;
  return (
    <SidePanel label="Edge" title={`${client} → ${server}`} subtitle={edge === undefined ? 'only the mesh’s metrics know of it' : connectionText(edge.type)} onClose={close}>
      <div className="flex flex-col gap-4 p-3">
        <Links>
          <AppLink href={tracesOfEdge(client, server)} className="text-accent hover:underline">Traces over it</AppLink>
          <AppLink href={tracesOfEdge(client, server, true)} className="text-accent hover:underline">Failed ones</AppLink>
          {edge?.slowestTrace !== undefined && <AppLink href={paths.trace(edge.slowestTrace)} className="text-accent hover:underline">Slowest trace</AppLink>}
        </Links>
        {edge !== undefined && <Figures title="By its spans" of={edge} />}
        {mesh !== undefined && (
          <p className="text-label text-fg-secondary">
            The mesh’s metrics count {formatNumber(mesh, 'rps')} here{edge !== undefined && mesh > 0 ? `: traces show ${formatNumber(edge.ratePerSecond / mesh, 'ratio')} of them.` : '; no trace in this range shows one.'}
          </p>
        )}
      </div>
    </SidePanel>
  );
}

function Links({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-label">{children}</div>;
}

function Figures({ title, of }: { readonly title: string; readonly of: RedFigures }) {
  const ms = (nano: number | null): string => formatNumber(nano === null ? null : nano / 1e6, 'ms');
  const rows = [['Rate', formatNumber(of.ratePerSecond, 'rps')], ['Calls', formatNumber(of.calls, 'count')], ['Errors', formatNumber(errorRatio(of), 'ratio')], ['p50', ms(of.p50Nano)], ['p95', ms(of.p95Nano)], ['p99', ms(of.p99Nano)]] as const;
  return (
    <section aria-label={title}>
      <h3 className="text-label font-medium text-fg-tertiary">{title}</h3>
      <dl className="mt-1 grid grid-cols-3 gap-x-4 gap-y-2 tabular-nums">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt className="text-label text-fg-tertiary">{name}</dt>
            <dd className="text-body font-medium">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type Edge = DependenciesAnswer['edges'][number];

function Neighbours({ title, edges, nameOf, onChoose }: { readonly title: string; readonly edges: readonly Edge[]; readonly nameOf: (edge: Edge) => string; readonly onChoose: (id: string) => void }) {
  if (edges.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="text-label font-medium text-fg-tertiary">{title}</h3>
      <ul className="mt-1 flex flex-col">
        {edges.map((edge) => (
          <li key={`${edge.client} ${edge.server} ${edge.type}`}>
            <button type="button" onClick={() => onChoose(`${edge.client}→${edge.server}→${edge.type}`)} className="focus-inset flex min-h-7 w-full items-center gap-2 rounded-control px-1.5 text-left text-label hover:bg-hover">
              <span className="min-w-0 flex-1 truncate">{nameOf(edge)}</span>
              <span className="text-fg-secondary tabular-nums">{formatNumber(edge.ratePerSecond, 'rps')}</span>
              <span className={edge.errors > 0 ? 'w-12 text-right text-failing tabular-nums' : 'w-12 text-right text-fg-tertiary tabular-nums'}>{formatNumber(errorRatio(edge), 'ratio')}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { ShareMeter } from '#components/charts/share-meter.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import type { MeshHopView, SpanView, TraceView } from '#server/traces/schemas.ts';
import { AttributeTable } from './attribute-table.tsx';
import { traceLogQuery } from './queries.ts';
import { metricsHref, refusalOf, workloadOfSpan } from './span-links.ts';
import { keyOf } from './waterfall-rows.ts';

export interface SpanPanelProps {
  readonly trace: TraceView;
  readonly index: number;
  readonly color: string | undefined;
  readonly onClose: () => void;
  readonly onSelect: (key: string) => void;
}

/** Everything about one span, and the ways on from it: metrics, logs, the policy that refused it. */
export function SpanPanel({ trace, index, onClose, onSelect }: SpanPanelProps) {
  const span = trace.spans[index];
  if (span === undefined) return null;
  const source = trace.sources[span.source];
  const workload = workloadOfSpan(span, trace.sources);
  const parent = trace.spans[span.parent];
  const hop = trace.hops.find((h) => h.client === index || h.servers.includes(index));
  return (
    <SidePanel
      label="Span"
      title={span.name}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2">
          {`${span.service} · ${span.kind}`}
          {span.status === 'error' && <StatusLabel status="failing" label={span.statusMessage ?? 'Error'} />}
        </span>
      }
      actions={<CopyButton text={span.spanId} label="Copy span id" />}
      onClose={onClose}
    >
      <div className="flex flex-col divide-y divide-line">
        <Refused span={span} workload={workload} />
        {(span.responseFlags ?? []).map((flag) => (
          <div key={flag.flag} className="px-3 py-2 text-label">
            <p className="font-medium">
              <code className="font-mono">{flag.flag}</code> {flag.title}
            </p>
            <p className="text-fg-secondary">{flag.meaning}</p>
          </div>
        ))}
        <dl className="grid grid-cols-2 gap-x-4 gap-y-1 px-3 py-2 text-label tabular-nums">
          <Row name="Duration" value={formatNumber(span.durationNano / 1e6, 'ms')} />
          <Row name="Own time" value={formatNumber(span.selfNano / 1e6, 'ms')} />
          <Row name="Starts at" value={formatNumber(span.startOffsetNano / 1e6, 'ms')} />
          <Row name="Of the trace" value={formatNumber(Number(trace.summary.durationNano) === 0 ? null : span.durationNano / Number(trace.summary.durationNano), 'ratio')} />
          {parent !== undefined && (
            <Row
              name="Called by"
              value={
                <button type="button" className="text-left hover:underline" onClick={() => onSelect(keyOf(parent, span.parent))}>
                  {parent.service}
                </button>
              }
            />
          )}
          {span.orphan && <Row name="Parent" value="not stored" />}
        </dl>
        {hop !== undefined && <Hop hop={hop} />}
        {workload !== undefined && (
          <div className="flex flex-wrap gap-2 px-3 py-2">
            <AppLink href={paths.workload(workload.namespace, workload.name)} className={buttonClass('secondary')}>
              {`Workload ${workload.name}`}
            </AppLink>
            <AppLink href={metricsHref(workload, span)} className={buttonClass('secondary')}>
              Metrics around it
            </AppLink>
          </div>
        )}
        <Section title="Attributes">
          <AttributeTable attributes={span.attributes} {...(span.valueTypes === undefined ? {} : { types: span.valueTypes })} dropped={span.droppedAttributesCount} />
        </Section>
        {span.events.length > 0 && (
          <Section title={`Events (${span.events.length})`}>
            {span.events.map((event) => (
              <div key={`${event.timeUnixNano}${event.name}`} className="pb-2">
                <p className="text-label font-medium">
                  {event.name} <span className="font-normal text-fg-tertiary tabular-nums">{`+${formatNumber(Number(BigInt(event.timeUnixNano) - BigInt(span.startUnixNano)) / 1e6, 'ms')}`}</span>
                </p>
                <AttributeTable attributes={event.attributes} dropped={event.droppedAttributesCount} />
              </div>
            ))}
          </Section>
        )}
        {span.links.length > 0 && (
          <Section title={`Links (${span.links.length})`}>
            {span.links.map((link) => (
              <AppLink key={link.traceId + link.spanId} href={`${paths.trace(link.traceId)}?span=${link.spanId}`} className="block font-mono text-label hover:underline">
                {`${link.traceId.slice(0, 12)}… / ${link.spanId}`}
              </AppLink>
            ))}
          </Section>
        )}
        {source !== undefined && (
          <Section title="Resource">
            <AttributeTable attributes={source.resource} />
            <p className="pt-1 text-label text-fg-tertiary">{`${source.scope.name}${source.scope.version === undefined ? '' : ` ${source.scope.version}`}`}</p>
          </Section>
        )}
        <Log workload={workload} traceId={trace.traceId} />
      </div>
    </SidePanel>
  );
}

function Row({ name, value }: { readonly name: string; readonly value: React.ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-2">
      <dt className="text-fg-tertiary">{name}</dt>
      <dd className="min-w-0 truncate">{value}</dd>
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <section className="px-3 py-2">
      <h3 className="pb-1 text-label font-semibold">{title}</h3>
      {children}
    </section>
  );
}

/** Says which policy refused the request, and leads to it. */
function Refused({ span, workload }: { readonly span: SpanView; readonly workload: { readonly namespace: string; readonly name: string } | undefined }) {
  const refusal = refusalOf(span);
  if (refusal === undefined) return null;
  return (
    <div role="note" className="flex flex-col gap-2 border-l-2 border-failing bg-failing-bg px-3 py-2 text-body">
      {refusal.kind === 'policy' ? (
        <>
          <p>
            Refused by the authorization policy <b>{`${refusal.namespace}/${refusal.name}`}</b>, rule {refusal.rule}.
          </p>
          <AppLink href={paths.authorization(refusal.namespace, refusal.name)} className={buttonClass('secondary')}>
            Open the policy
          </AppLink>
        </>
      ) : (
        <>
          <p>Refused: authorization policies apply to this workload, and none of them allows this caller, method and path.</p>
          {workload !== undefined && (
            <AppLink href={`${paths.config()}?kind=AuthorizationPolicy&namespace=${encodeURIComponent(workload.namespace)}`} className={buttonClass('secondary')}>
              {`Policies of ${workload.namespace}`}
            </AppLink>
          )}
        </>
      )}
    </div>
  );
}

/** Where the time of this call went. */
function Hop({ hop }: { readonly hop: MeshHopView }) {
  const parts = [
    { label: 'Network and caller’s proxy', value: hop.networkNano, color: 'var(--series-5)' },
    { label: 'Proxy', value: hop.sidecarNano, color: 'var(--series-7)' },
    { label: hop.appMeasured ? 'App' : 'App and its proxy', value: hop.appNano, color: 'var(--series-1)' },
    { label: 'Its own calls', value: hop.downstreamNano, color: 'var(--series-12)' },
  ].filter((part) => part.value > 0);
  return (
    <Section title={`${hop.from} → ${hop.to}: ${formatNumber(hop.totalNano / 1e6, 'ms')}`}>
      <ShareMeter label="Where the time went" segments={parts} legend />
    </Section>
  );
}

function Log({ workload, traceId }: { readonly workload: { readonly namespace: string; readonly name: string } | undefined; readonly traceId: string }) {
  const query = useQuery(traceLogQuery(workload, traceId));
  if (workload === undefined) return null;
  return (
    <Section title={`Access log of ${workload.name}`}>
      <DataState query={query} partial={(answer) => answer.errors[0]} empty={(answer) => (answer.entries.length > 0 ? undefined : { title: 'No lines of this trace', hint: 'Proxies keep their last thousand requests; this one is older.' })}>
        {(answer) => (
          <ul className="flex flex-col gap-2">
            {answer.entries.map((entry, index) => (
              <li key={index}>
                <AttributeTable attributes={entry} />
              </li>
            ))}
          </ul>
        )}
      </DataState>
    </Section>
  );
}

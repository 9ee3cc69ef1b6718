'use client';

import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { Tabs } from '#components/ui/tabs.tsx';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import { hasMark, operationText, serviceName, spanKind, spanStatus, unixMs, type TraceModel } from '../model/trace-model.ts';
import { spanDetailsQuery, traceLogQuery } from '../queries.ts';
import type { HopRow } from '../rows/grouped-rows.ts';
import { MomentText } from '../moment-text.tsx';
import { AttributeTable } from './attribute-table.tsx';
import { EventsSection } from './events-section.tsx';
import { HopSection } from './hop-section.tsx';
import { LinksSection } from './links-section.tsx';
import { otlpOfSpan } from './otlp-of-span.ts';
import { PercentileLine } from './percentile-line.tsx';
import { Refused } from './refused.tsx';
import { Fact, Section } from './section.tsx';
import { metricsHref, rangeAround, workloadOf, type WorkloadRef } from './span-links.ts';

export interface SpanPanelProps {
  readonly model: TraceModel;
  readonly version: string | undefined;
  readonly row: number;
  /** The hop it is part of. */
  readonly hop: HopRow | undefined;
  /** The way the clock of its machine was corrected, nanoseconds; 0 for not at all. */
  readonly movedNano: number;
  readonly onClose: () => void;
  readonly onSelect: (row: number) => void;
  /** Shows only what is below a row. */
  readonly onRoot: (row: number) => void;
}

type Part = 'overview' | 'resource' | 'log' | 'otlp';

/** Everything about one span, and the ways on from it. What the trace's columns have is there at once; the rest follows. */
export function SpanPanel({ model, version, row, hop, movedNano, onClose, onSelect, onRoot }: SpanPanelProps) {
  const { columns } = model;
  const query = useQuery(spanDetailsQuery(columns.traceId, version, [row]));
  const [part, setPart] = useState<Part>('overview');
  const failed = spanStatus(columns, row) === 'error';
  const workload = workloadOf(columns.sources[columns.source[row] ?? 0]?.resource ?? {});
  const link = typeof location === 'undefined' ? '' : location.href;
  return (
    <SidePanel
      label="Span"
      title={operationText(columns, row)}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2">
          {`${serviceName(model, row)} · ${spanKind(columns, row)}`}
          {failed && <StatusLabel status="failing" label="Error" />}
        </span>
      }
      actions={<CopyButton text={link} label="Copy a link to this span and range" />}
      onClose={onClose}
    >
      <Tabs
        value={part}
        onValueChange={setPart}
        label="Parts of the span"
        className="[&>div:first-child]:px-2"
        tabs={[
          {
            value: 'overview',
            label: 'Span',
            content: (
              <DataState query={query}>
                {([span]) => (span === undefined ? null : <Overview model={model} span={span} row={row} hop={hop} movedNano={movedNano} workload={workload} onSelect={onSelect} onRoot={onRoot} />)}
              </DataState>
            ),
          },
          { value: 'resource', label: 'Resource', content: <DataState query={query}>{([span]) => (span === undefined ? null : <Resource span={span} />)}</DataState> },
          ...(workload === undefined ? [] : [{ value: 'log' as const, label: 'Access log', content: <Log workload={workload} traceId={columns.traceId} /> }]),
          { value: 'otlp', label: 'OTLP', content: <DataState query={query}>{([span]) => (span === undefined ? null : <RawOtlp traceId={columns.traceId} span={span} />)}</DataState> },
        ]}
      />
    </SidePanel>
  );
}

interface OverviewProps extends Pick<SpanPanelProps, 'model' | 'row' | 'hop' | 'movedNano' | 'onSelect' | 'onRoot'> {
  readonly span: SpanDetails;
  readonly workload: WorkloadRef | undefined;
}

function Overview({ model, span, row, hop, movedNano, workload, onSelect, onRoot }: OverviewProps) {
  const { columns } = model;
  const duration = columns.duration[row] ?? 0;
  const parent = columns.parent[row] ?? -1;
  const ms = unixMs(columns, columns.start[row] ?? 0);
  const range = rangeAround(ms);
  return (
    <div className="flex flex-col divide-y divide-line">
      <Refused span={span} workload={workload} />
      {span.responseFlags.map((flag) => (
        <div key={flag.flag} className="px-3 py-2 text-label">
          <p className="font-medium">
            <code className="font-mono">{flag.flag}</code> {flag.title}
          </p>
          <p className="text-fg-secondary">{flag.meaning}</p>
        </div>
      ))}
      {span.statusMessage !== undefined && <p className="px-3 py-2 text-label break-words">{`${span.status}: ${span.statusMessage}`}</p>}
      <dl className="grid grid-cols-2 gap-x-4 gap-y-1 px-3 py-2 text-label tabular-nums">
        <Fact name="Duration">{formatNumber(duration / 1e6, 'ms')}</Fact>
        <Fact name="Own time">{formatNumber((columns.self[row] ?? 0) / 1e6, 'ms')}</Fact>
        <Fact name="Starts at">{`+${formatNumber((columns.start[row] ?? 0) / 1e6, 'ms')}`}</Fact>
        <Fact name="Of the trace">{formatNumber(columns.durationNano === 0 ? null : duration / columns.durationNano, 'ratio')}</Fact>
        <Fact name="Began">
          <MomentText ms={ms} />
        </Fact>
        <Fact name="Status">{span.status}</Fact>
        {parent >= 0 ? (
          <Fact name="Called by">
            <button type="button" className="max-w-full truncate text-accent hover:underline" onClick={() => onSelect(parent)}>
              {serviceName(model, parent)}
            </button>
          </Fact>
        ) : (
          <Fact name="Parent">{hasMark(columns, row, 'orphan') ? `${span.parentSpanId ?? ''} is not stored` : 'none: a root'}</Fact>
        )}
        <Fact name="Below it">{callsText(model.childCount[row] ?? 0, columns.descendants[row] ?? 0)}</Fact>
        <div className="col-span-2 flex items-center gap-1">
          <dt className="text-fg-tertiary">Span id</dt>
          <dd className="flex items-center gap-1 font-mono">
            {span.spanId}
            <CopyButton text={span.spanId} label="Copy span id" />
          </dd>
        </div>
      </dl>
      <div className="flex flex-col gap-1 px-3 py-2 text-label empty:hidden">
        {hasMark(columns, row, 'backwards') && <Note>It ended before it began, so it is shown without a length.</Note>}
        {hasMark(columns, row, 'duplicateId') && <Note>Another span of this trace has the same id.</Note>}
        {hasMark(columns, row, 'cutCycle') && <Note>Its parents lead round in a circle, which was cut here.</Note>}
        {movedNano !== 0 && <Note>{`Its clock differs from its caller’s: shown ${formatNumber(Math.abs(movedNano) / 1e6, 'ms')} ${movedNano > 0 ? 'later' : 'earlier'} than stored.`}</Note>}
      </div>
      <PercentileLine span={span} durationNano={duration} />
      {hop !== undefined && <HopSection model={model} hop={hop} selected={row} atMs={ms} onSelect={onSelect} />}
      <div className="flex flex-wrap gap-2 px-3 py-2 empty:hidden">
        {workload !== undefined && (
          <>
            <AppLink href={paths.workload(workload.namespace, workload.name)} className={buttonClass('secondary')}>
              {`Workload ${workload.name}`}
            </AppLink>
            <AppLink href={metricsHref(workload, ms)} className={buttonClass('secondary')}>
              Metrics around it
            </AppLink>
          </>
        )}
        {(columns.descendants[row] ?? 0) > 0 && <Button onClick={() => onRoot(hop?.row ?? row)}>Only its subtree</Button>}
      </div>
      <Section title="Attributes">
        <AttributeTable attributes={span.attributes} label="attributes" types={span.valueTypes} dropped={span.droppedAttributesCount} search={{ scope: 'span', range }} />
      </Section>
      <EventsSection span={span} durationNano={duration} range={range} />
      <LinksSection model={model} span={span} range={range} onSelect={onSelect} />
    </div>
  );
}

/** `5 spans, 68 in all` */
function callsText(direct: number, all: number): string {
  if (all === 0) return 'nothing';
  return `${direct.toLocaleString('en')} ${direct === 1 ? 'span' : 'spans'}${all === direct ? '' : `, ${all.toLocaleString('en')} in all`}`;
}

function Note({ children }: { readonly children: ReactNode }) {
  return <p className="text-fg-secondary">{children}</p>;
}

function Resource({ span }: { readonly span: SpanDetails }) {
  const range = rangeAround(Number(BigInt(span.startUnixNano) / 1_000_000n));
  return (
    <div className="flex flex-col divide-y divide-line">
      <Section title="Resource" note={span.resourceSchemaUrl}>
        <AttributeTable attributes={span.resource} label="resource" types={span.valueTypes} pointer="/resource" dropped={span.resourceDroppedAttributesCount} search={{ scope: 'resource', range }} />
      </Section>
      <Section title="Scope" note={span.scope.schemaUrl}>
        <p className="pb-1 font-mono text-label">{`${span.scope.name === '' ? '(no name)' : span.scope.name}${span.scope.version === undefined ? '' : ` ${span.scope.version}`}`}</p>
        {span.scope.attributes !== undefined && <AttributeTable attributes={span.scope.attributes} label="scope" types={span.valueTypes} pointer="/scope/attributes" dropped={span.scope.droppedAttributesCount} search={{ scope: 'instrumentation', range }} />}
      </Section>
      {(span.traceState !== undefined || span.flags !== undefined) && (
        <dl className="grid gap-1 px-3 py-2 text-label">
          {span.traceState !== undefined && <Fact name="Trace state">{span.traceState}</Fact>}
          {span.flags !== undefined && <Fact name="Flags">{`0x${span.flags.toString(16)}`}</Fact>}
        </dl>
      )}
    </div>
  );
}

function RawOtlp({ traceId, span }: { readonly traceId: string; readonly span: SpanDetails }) {
  const text = JSON.stringify(otlpOfSpan(traceId, span), null, 2);
  return (
    <Section title="As OTLP JSON" note={<CopyButton text={text} label="Copy OTLP JSON" />}>
      <pre className="overflow-x-auto rounded-control bg-sunken p-2 font-mono text-label whitespace-pre-wrap break-all" tabIndex={0} aria-label="OTLP JSON of the span">
        {text.length > 200_000 ? `${text.slice(0, 200_000)}…` : text}
      </pre>
    </Section>
  );
}

function Log({ workload, traceId }: { readonly workload: WorkloadRef; readonly traceId: string }) {
  const query = useQuery(traceLogQuery(workload, traceId));
  return (
    <Section title={`Access log of ${workload.name}`}>
      <DataState query={query} partial={(answer) => answer.errors[0]} empty={(answer) => (answer.entries.length > 0 ? undefined : { title: 'No lines of this trace', hint: 'Proxies keep their last thousand requests; this one is older.' })}>
        {(answer) => (
          <ul className="flex flex-col gap-2">
            {answer.entries.map((entry, index) => (
              <li key={index}>
                <AttributeTable attributes={entry} label={`line ${index + 1}`} />
              </li>
            ))}
          </ul>
        )}
      </DataState>
    </Section>
  );
}

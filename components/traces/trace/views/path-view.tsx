'use client';

import { useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { BarMeter } from '#components/charts/share-meter.tsx';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { TraceAnalysis } from '../model/trace-analysis.ts';
import { spanKey, type TraceModel } from '../model/trace-model.ts';
import { viewParsers } from './view-params.ts';
import { PathStrip } from './path-strip.tsx';
import { pathShares, type PathShare } from './path-shares.ts';
import { ServiceMark } from './service-mark.tsx';

export interface PathViewProps {
  readonly model: TraceModel;
  readonly analysis: TraceAnalysis;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
}

/** What the trace's time was waited for: as a strip over time, and summed up. Cutting anything else makes nothing faster. */
export function PathView({ model, analysis, selected, onSelect }: PathViewProps) {
  const [by, setBy] = useQueryState('pathBy', viewParsers.pathBy);
  const path = analysis.criticalPath;
  const shares = useMemo(() => pathShares(model, path, by), [model, path, by]);
  const columns = useMemo(() => shareColumns(model, by), [model, by]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PathStrip model={model} path={path} selected={selected} onSelect={onSelect} />
      <div className="min-h-0 flex-1">
        <DataTable
          label="Critical path"
          rows={shares}
          columns={columns}
          rowKey={(share) => share.key}
          onOpen={(share) => onSelect(share.row)}
          selectedKey={by === 'span' && selected !== -1 ? String(selected) : undefined}
          filterText={(share) => `${share.service} ${share.operation ?? ''}`}
          toolbar={<SegmentedControl label="Summed up by" value={by} onValueChange={(next) => void setBy(next)} options={[{ value: 'service', label: 'Service' }, { value: 'operation', label: 'Operation' }, { value: 'span', label: 'Span' }]} />}
          defaultSort={{ column: 'time', descending: true }}
          urlKey="path-"
          compact
          fill
        />
      </div>
    </div>
  );
}

function shareColumns(model: TraceModel, by: string): Column<PathShare>[] {
  return [
    { id: 'service', header: 'Service', cell: (share) => <ServiceMark model={model} row={share.row} />, sortValue: (share) => share.service },
    ...(by === 'service' ? [] : [{ id: 'operation', header: 'Operation', cell: (share: PathShare) => share.operation, sortValue: (share: PathShare) => share.operation }]),
    ...(by === 'span' ? [{ id: 'id', header: 'Span', cell: (share: PathShare) => <span className="font-mono">{spanKey(model.columns, share.row)}</span>, width: 170, from: 'lg' as const }] : [{ id: 'spans', header: 'Spans', cell: (share: PathShare) => formatNumber(share.spans), sortValue: (share: PathShare) => share.spans, align: 'right' as const, width: 90 }]),
    { id: 'sections', header: 'Sections', hint: 'How often the trace waited for it', cell: (share) => formatNumber(share.sections), sortValue: (share) => share.sections, align: 'right', width: 100, from: 'lg' },
    { id: 'inferred', header: 'Inferred', hint: 'Of its time, what is on the path only because it ended before the next began; whether that waited for it is likely, not known', cell: (share) => (share.inferredNano === 0 ? '—' : formatNumber(share.inferredNano / 1e6, 'ms')), sortValue: (share) => share.inferredNano, align: 'right', width: 100, from: 'lg' },
    { id: 'time', header: 'Time', cell: (share) => formatNumber(share.nano / 1e6, 'ms'), sortValue: (share) => share.nano, align: 'right', width: 100 },
    { id: 'share', header: 'Share', cell: (share) => <BarMeter label="Share of the critical path" value={share.share} max={1} text={formatNumber(share.share, 'ratio')} color={model.services[model.serviceOf[share.row] ?? 0]?.color ?? 'var(--series-1)'} />, sortValue: (share) => share.share, width: 180 },
  ];
}

'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react';
import type { SiblingFold } from '#server/traces/core/sibling-folds.ts';
import { KeyHelp } from '../key-help.tsx';
import type { TraceAnalysis } from '../model/trace-analysis.ts';
import type { TraceModel } from '../model/trace-model.ts';
import { findInTraceQuery } from '../queries.ts';
import type { HopRow } from '../rows/grouped-rows.ts';
import type { SpanTimes } from './bar-pieces.ts';
import { FindBox } from './find-box.tsx';
import { Minimap } from './minimap.tsx';
import { useNameWidth } from './name-width.ts';
import { SpanList, type SpanListHandle } from './span-list.tsx';
import { rulerTicks } from './ruler-ticks.ts';
import { TimeRuler } from './time-ruler.tsx';
import { useTraceKeys } from './timeline-keys.ts';
import { TimelineToolbar } from './timeline-toolbar.tsx';
import { useFindText } from './use-find-text.ts';
import { useTimeline, type TimelineState } from './use-timeline.ts';

export interface TimelineProps {
  readonly model: TraceModel;
  readonly analysis: TraceAnalysis;
  readonly version: string | undefined;
  /** Set when clocks were corrected: where their spans are by what is stored. */
  readonly stored: SpanTimes | undefined;
}

const NO_FOLDS: readonly SiblingFold[] = [];
const NO_HOPS: ReadonlyMap<number, HopRow> = new Map();

/** The trace over time: map, ruler, and the rows. */
export function Timeline({ model, analysis, version, stored }: TimelineProps) {
  const { columns } = model;
  const totalNano = Math.max(1, columns.durationNano);
  const text = useFindText();
  const found = useQuery(findInTraceQuery(columns.traceId, version, text.value));
  const matches = text.value.trim() === '' ? undefined : found.data?.rows;
  const list = useRef<SpanListHandle>(null);
  const timeline = useTimeline({ model, analysis, matches, totalNano, list });
  const { params, rows, range } = timeline;
  const [help, setHelp] = useState(false);
  const findBox = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const names = useNameWidth(body);
  const ticks = useMemo(() => rulerTicks({ from: range.from, to: range.to }, 6), [range.from, range.to]);
  const matchAt = matches === undefined || timeline.cursor === undefined ? -1 : matches.indexOf(timeline.cursor);
  useTraceKeys({
    find: () => findBox.current?.select(),
    nextMatch: (step) => matches !== undefined && timeline.step(matches, step),
    nextError: (step) => timeline.step(model.errors, step),
    togglePath: () => void timeline.setParams({ path: !params.path }),
    collapseAll: () => timeline.collapseTo(0),
    expandAll: () => timeline.collapseTo('open'),
    collapseLevel: timeline.collapseLevel,
    expandLevel: timeline.expandLevel,
    resetZoom: () => timeline.setRange(undefined),
    zoom: timeline.zoom,
    pan: timeline.pan,
    help: () => setHelp(true),
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = rowAction(event.key, timeline, list.current?.page() ?? 10);
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const client = useQueryClient();
  const latest = useRef(timeline);
  useEffect(() => {
    latest.current = timeline;
  });
  const stepTo = (words: string, step: 1 | -1): void => {
    text.set(words);
    // What went wrong is shown by the query of the same words.
    if (words.trim() !== '') client.fetchQuery(findInTraceQuery(columns.traceId, version, words)).then(({ rows: among }) => latest.current.step(among, step), () => undefined);
  };
  const leave = useCallback(() => list.current?.focus(), []);
  return (
    <div className="flex h-full min-h-0 flex-col" style={{ '--names': `${names.percent}%` } as CSSProperties}>
      <Minimap model={model} times={columns} totalNano={totalNano} range={params.range ?? undefined} onRange={timeline.setRange} />
      <TimelineToolbar
        model={model}
        analysis={analysis}
        timeline={timeline}
        matches={matches}
        onHelp={() => setHelp(true)}
        find={<FindBox ref={findBox} text={text.value} onText={text.set} found={matches?.length} at={matchAt === -1 ? undefined : matchAt + 1} error={text.value === '' ? null : found.error} onStep={(step) => matches !== undefined && timeline.step(matches, step)} onEnter={stepTo} onLeave={leave} />}
      />
      <div ref={body} className="relative flex min-h-0 flex-1 flex-col">
        <div className="flex h-6 shrink-0 border-b border-line bg-sunken text-axis text-fg-tertiary tabular-nums">
          <div className="flex w-(--names) shrink-0 items-center px-3 font-medium">Service and operation</div>
          <TimeRuler range={range} ticks={ticks} onRange={timeline.setRange} />
        </div>
        <SpanList
          ref={list}
          model={model}
          version={version}
          rows={rows}
          collapsed={timeline.collapsed}
          openFolds={timeline.openFolds}
          folds={timeline.folds?.folds ?? NO_FOLDS}
          hopOf={timeline.hopsOn ? analysis.hopOf : NO_HOPS}
          times={columns}
          storedTimes={stored}
          path={params.path ? analysis.path : undefined}
          range={range}
          ticks={ticks}
          selected={timeline.selected}
          cursor={timeline.cursor}
          matches={timeline.matchMarks}
          late={timeline.late}
          onToggle={timeline.toggle}
          onChoose={timeline.choose}
          onKeyDown={onKeyDown}
          onZoom={timeline.zoom}
        />
        <span {...names.divider} className="absolute inset-y-0 z-20 -ml-1 flex w-2 cursor-col-resize touch-none justify-center after:w-px after:bg-line hover:after:w-0.5 hover:after:bg-accent focus-visible:after:bg-accent" style={{ left: 'var(--names)' }} />
      </div>
      <Legend shown={rows.count} total={columns.count} hops={timeline.hopsOn && analysis.hopOf.size > 0} skew={stored !== undefined} />
      <KeyHelp open={help} onOpenChange={setHelp} />
    </div>
  );
}

/** Cursor keys within the rows. */
function rowAction(key: string, timeline: TimelineState, page: number): (() => void) | undefined {
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return () => timeline.moveBy(1);
    case 'ArrowUp':
    case 'k':
      return () => timeline.moveBy(-1);
    case 'PageDown':
      return () => timeline.moveBy(page);
    case 'PageUp':
      return () => timeline.moveBy(-page);
    case 'Home':
      return () => timeline.moveToEnd(false);
    case 'End':
      return () => timeline.moveToEnd(true);
    case 'ArrowRight':
      return () => timeline.openAtCursor(true);
    case 'ArrowLeft':
      return () => timeline.openAtCursor(false);
    case 'Enter':
    case ' ':
      return timeline.enter;
    case 'Escape':
      return timeline.selected === -1 ? undefined : timeline.closeDetails;
    default:
      return undefined;
  }
}

/** What bars mean, and how much of the trace is shown. */
function Legend({ shown, total, hops, skew }: { readonly shown: number; readonly total: number; readonly hops: boolean; readonly skew: boolean }) {
  return (
    // What has no room falls into a second line, which is not seen: no entry is cut in two.
    <p className="flex h-6 shrink-0 flex-wrap items-center gap-x-4 overflow-hidden border-t border-line px-3 text-axis whitespace-nowrap text-fg-tertiary *:h-6 *:leading-6">
      <span className="tabular-nums">{`${shown.toLocaleString('en')} rows of ${total.toLocaleString('en')} spans`}</span>
      <span className="flex items-center gap-1 max-md:hidden">
        <span className="h-2.5 w-4 rounded-[1px] bg-fg-tertiary" /> {hops ? 'app works' : 'works itself'}
      </span>
      <span className="flex items-center gap-1 max-md:hidden">
        <span className="h-2.5 w-4 rounded-[1px] bg-fg-tertiary/25" /> waits for what it called
      </span>
      {hops && (
        <span className="flex items-center gap-1 max-md:hidden">
          <span className="h-2.5 w-4 rounded-[1px] bg-fg-tertiary/60" /> callee’s proxy, where the app tells them apart
        </span>
      )}
      {hops && (
        <span className="flex items-center gap-1 max-md:hidden">
          <span className="h-0.5 w-4 bg-fg-tertiary" /> network and caller’s proxy
        </span>
      )}
      <span className="flex items-center gap-1 max-md:hidden">
        <span className="h-0.5 w-4 bg-fg" /> critical path
      </span>
      {skew && (
        <span className="flex items-center gap-1 max-md:hidden">
          <span className="h-2.5 w-4 border border-dashed border-fg-tertiary" /> as its clock said
        </span>
      )}
      <span className="ml-auto whitespace-nowrap max-2xl:hidden">Arrows walk, Enter opens, ? all keys</span>
    </p>
  );
}

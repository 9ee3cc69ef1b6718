'use client';

import { ChevronDown, ChevronUp, ChevronsDownUp, ChevronsUpDown } from 'lucide-react';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { rowWindow } from '#components/data-table/row-window.ts';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { Switch } from '#components/ui/switch.tsx';
import type { TraceView } from '#server/traces/schemas.ts';
import { Minimap } from './minimap.tsx';
import { TimeRuler } from './time-ruler.tsx';
import { WaterfallRowView, ROW_HEIGHT } from './waterfall-row.tsx';
import { ancestorKeys, findSpans, keyOf, keysFromDepth, nextMatch, visibleRows, type NanoRange } from './waterfall-rows.ts';

export interface WaterfallProps {
  readonly trace: TraceView;
  readonly colors: ReadonlyMap<string, string>;
  readonly selectedKey: string | undefined;
  readonly onSelect: (key: string | null) => void;
}

/** The spans of a trace over time: collapse, find, zoom by the minimap, and the critical path. Only rows in view are in the document. */
export function Waterfall({ trace, colors, selectedKey, onSelect }: WaterfallProps) {
  const { spans } = trace;
  const totalNano = Math.max(1, Number(trace.summary.durationNano));
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [range, setRange] = useState<NanoRange>({ from: 0, to: totalNano });
  const [text, setText] = useState('');
  const [critical, setCritical] = useState(true);
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const rows = useMemo(() => visibleRows(spans, collapsed), [spans, collapsed]);
  const matches = useMemo(() => findSpans(spans, text), [spans, text]);
  const errors = useMemo(() => spans.flatMap((span, index) => (span.status === 'error' ? [index] : [])), [spans]);
  const path = useMemo(() => criticalBySpan(trace), [trace]);
  const matchSet = useMemo(() => new Set(matches), [matches]);
  const selectedRow = rows.findIndex((row) => keyAt(spans, row.index) === selectedKey);
  const selectedIndex = spans.findIndex((_, index) => keyAt(spans, index) === selectedKey);
  const window = rowWindow({ ...scroll, rowHeight: ROW_HEIGHT, count: rows.length });

  const toggle = (key: string): void => {
    const next = new Set(collapsed);
    if (!next.delete(key)) next.add(key);
    setCollapsed(next);
  };
  const reveal = (index: number): void => {
    const open = new Set(collapsed);
    for (const key of ancestorKeys(spans, index)) open.delete(key);
    setCollapsed(open);
    const row = visibleRows(spans, open).findIndex((r) => r.index === index);
    const top = row * ROW_HEIGHT;
    if (scroller !== null && (top < scroller.scrollTop || top + ROW_HEIGHT > scroller.scrollTop + scroller.clientHeight)) scroller.scrollTo({ top: Math.max(0, top - scroller.clientHeight / 2) });
    onSelect(keyAt(spans, index));
  };
  const jump = (among: readonly number[], step: 1 | -1): void => {
    const found = nextMatch(among, selectedIndex === -1 ? undefined : selectedIndex, step);
    if (found !== undefined) reveal(found);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = (row: number): number | undefined => rows[row]?.index;
    const current = rows[selectedRow];
    const span = current === undefined ? undefined : spans[current.index];
    const move = (to: number | undefined): void => {
      event.preventDefault();
      if (to !== undefined) reveal(to);
    };
    if (event.key === 'ArrowDown' || event.key === 'j') move(at(selectedRow + 1));
    else if (event.key === 'ArrowUp' || event.key === 'k') move(at(Math.max(0, selectedRow - 1)));
    else if (event.key === 'Home') move(at(0));
    else if (event.key === 'End') move(at(rows.length - 1));
    else if (event.key === 'ArrowLeft' && current !== undefined && span !== undefined) {
      event.preventDefault();
      if (!current.collapsed && span.descendants > 0) toggle(keyOf(span, current.index));
      else if (span.parent >= 0) reveal(span.parent);
    } else if (event.key === 'ArrowRight' && current?.collapsed === true && span !== undefined) {
      event.preventDefault();
      toggle(keyOf(span, current.index));
    } else if (event.key === 'e') jump(errors, event.shiftKey ? -1 : 1);
    else if (event.key === 'n') jump(matches, event.shiftKey ? -1 : 1);
  };
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Minimap spans={spans} colors={colors} totalNano={totalNano} range={range} onRange={setRange} />
      <div className="flex min-h-10 flex-wrap items-center gap-2 border-b border-line px-3 py-1">
        <SearchInput value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && jump(matches, event.shiftKey ? -1 : 1)} placeholder="Find spans" aria-label="Find spans" className="w-52" />
        {text !== '' && (
          <span className="flex items-center gap-1 text-label text-fg-secondary tabular-nums" aria-live="polite">
            {matches.length === 0 ? 'none' : `${matches.length} found`}
            <IconButton label="Previous match" icon={<ChevronUp />} onClick={() => jump(matches, -1)} />
            <IconButton label="Next match" icon={<ChevronDown />} onClick={() => jump(matches, 1)} />
          </span>
        )}
        {errors.length > 0 && <Button onClick={() => jump(errors, 1)}>{`Next error (${errors.length})`}</Button>}
        <span className="ml-auto flex items-center gap-1">
          <Switch checked={critical} onCheckedChange={setCritical} label="Critical path" />
          {(range.from > 0 || range.to < totalNano) && <Button onClick={() => setRange({ from: 0, to: totalNano })}>Whole trace</Button>}
          <IconButton label="Collapse all" icon={<ChevronsDownUp />} onClick={() => setCollapsed(keysFromDepth(spans, 1))} />
          <IconButton label="Expand all" icon={<ChevronsUpDown />} onClick={() => setCollapsed(new Set())} />
        </span>
      </div>
      <TimeRuler range={range} />
      <div
        ref={(element) => {
          setScroller(element);
          if (element !== null && element.clientHeight !== scroll.height) setScroll((old) => ({ ...old, height: element.clientHeight }));
        }}
        onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
        onKeyDown={onKeyDown}
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={selectedRow === -1 ? undefined : `span-${rows[selectedRow]?.index ?? 0}`}
        className="focus-inset min-h-0 flex-1 overflow-y-auto"
      >
        <div style={{ height: rows.length * ROW_HEIGHT }} className="relative" role="presentation">
          {rows.slice(window.first, window.last + 1).map((row, offset) => {
            const span = spans[row.index];
            if (span === undefined) return null;
            const key = keyOf(span, row.index);
            return (
              <WaterfallRowView
                key={key}
                row={row}
                span={span}
                top={(window.first + offset) * ROW_HEIGHT}
                range={range}
                color={colors.get(span.service) ?? 'var(--series-12)'}
                critical={critical ? (path.get(row.index) ?? []) : []}
                selected={key === selectedKey}
                matched={matchSet.has(row.index)}
                dimmed={text !== '' && !matchSet.has(row.index)}
                onToggle={() => toggle(key)}
                onSelect={() => onSelect(key === selectedKey ? null : key)}
              />
            );
          })}
        </div>
      </div>
      <p className="border-t border-line px-3 py-1 text-label text-fg-tertiary max-md:hidden">
        {`${formatNumber(rows.length)} of ${formatNumber(spans.length)} spans shown. Arrows walk and fold, e next error, n next match. Drag on the map to zoom.`}
      </p>
    </div>
  );
}

function keyAt(spans: TraceView['spans'], index: number): string {
  const span = spans[index];
  return span === undefined ? '' : keyOf(span, index);
}

/** Pieces of the critical path by span. */
function criticalBySpan(trace: TraceView): ReadonlyMap<number, readonly NanoRange[]> {
  const bySpan = new Map<number, NanoRange[]>();
  for (const { span, startOffsetNano, endOffsetNano } of trace.criticalPath) {
    const pieces = bySpan.get(span) ?? [];
    pieces.push({ from: startOffsetNano, to: endOffsetNano });
    bySpan.set(span, pieces);
  }
  return bySpan;
}


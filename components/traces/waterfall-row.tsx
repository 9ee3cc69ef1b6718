'use client';

import { ChevronDown, ChevronRight } from 'lucide-react';
import type { CSSProperties } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { cx } from '#components/ui/class-names.ts';
import type { SpanView } from '#server/traces/schemas.ts';
import { placeSpan, type NanoRange, type WaterfallRow } from './waterfall-rows.ts';

export const ROW_HEIGHT = 28;
/** Share of the width for names; the ruler and the map use the same. */
export const NAME_SHARE = 38;
const INDENT_PX = 12;
const MAX_INDENT = 20;

export interface WaterfallRowViewProps {
  readonly row: WaterfallRow;
  readonly span: SpanView;
  readonly top: number;
  readonly range: NanoRange;
  readonly color: string;
  readonly critical: readonly NanoRange[];
  readonly selected: boolean;
  readonly matched: boolean;
  readonly dimmed: boolean;
  readonly onToggle: () => void;
  readonly onSelect: () => void;
}

/** One span: its name in the tree on the left, its bar in time on the right. */
export function WaterfallRowView({ row, span, top, range, color, critical, selected, matched, dimmed, onToggle, onSelect }: WaterfallRowViewProps) {
  const failed = span.status === 'error';
  const duration = formatNumber(span.durationNano / 1e6, 'ms');
  const place = placeSpan(span, range);
  return (
    <div
      id={`span-${row.index}`}
      role="treeitem"
      aria-level={span.depth + 1}
      aria-selected={selected}
      {...(span.descendants > 0 ? { 'aria-expanded': !row.collapsed } : {})}
      aria-label={`${span.service} ${span.name}, ${duration}${failed ? ', error' : ''}`}
      onClick={onSelect}
      style={{ top, height: ROW_HEIGHT }}
      className={cx('absolute inset-x-0 flex cursor-pointer items-center border-b border-line-subtle text-label hover:bg-hover', selected && 'bg-selected', matched && !selected && 'bg-active', dimmed && 'opacity-45')}
    >
      <div className="flex h-full min-w-0 items-center gap-1 border-r border-line pr-2 pl-2" style={{ width: `${NAME_SHARE}%`, paddingLeft: 8 + Math.min(span.depth, MAX_INDENT) * INDENT_PX }}>
        {span.descendants > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            aria-hidden
            onClick={(event) => {
              event.stopPropagation();
              onToggle();
            }}
            className="flex h-6 shrink-0 items-center gap-0.5 rounded-sm px-0.5 text-fg-tertiary hover:bg-active hover:text-fg"
          >
            {row.collapsed ? <ChevronRight className="size-3.5" /> : <ChevronDown className="size-3.5" />}
            {row.collapsed && <span className="tabular-nums">{span.descendants}</span>}
          </button>
        ) : (
          <span className="w-4.5 shrink-0" />
        )}
        <span className="h-3.5 w-1 shrink-0 rounded-sm" style={{ background: color }} aria-hidden />
        <span className="min-w-0 truncate">
          <span className="font-medium">{span.service}</span> <span className="text-fg-secondary">{span.name}</span>
        </span>
        {(failed || row.hiddenErrors > 0) && (
          <span className={cx('ml-auto shrink-0', !failed && 'opacity-60')} title={failed ? 'This span failed' : `${row.hiddenErrors} failed below`}>
            <StatusGlyph status="failing" size={12} />
          </span>
        )}
      </div>
      <div className="relative h-full min-w-0 flex-1 overflow-hidden">
        {place !== undefined && (
          <>
            <span className="absolute top-2 h-3 min-w-0.5 rounded-[2px] opacity-85" style={{ left: `${place.left * 100}%`, width: `${place.width * 100}%`, background: failed ? 'var(--status-failing-fg)' : color }} />
            {critical.map((piece) => {
              const at = placeSpan({ startOffsetNano: piece.from, durationNano: piece.to - piece.from }, range);
              return at === undefined ? null : <span key={piece.from} className="absolute bottom-1 h-0.5 min-w-px bg-fg" style={{ left: `${at.left * 100}%`, width: `${at.width * 100}%` }} />;
            })}
            <span className={cx('absolute top-1.5 px-1 whitespace-nowrap text-axis tabular-nums', labelPlace(place) === 'inside' ? 'rounded-sm bg-panel text-fg' : 'text-fg-secondary')} style={labelStyle(place)}>
              {duration}
            </span>
          </>
        )}
      </div>
    </div>
  );
}

/** Beside the bar where there is room: after it, else before it, else on it. */
function labelPlace({ left, width }: { readonly left: number; readonly width: number }): 'after' | 'before' | 'inside' {
  if (left + width < 0.85) return 'after';
  return left > 0.15 ? 'before' : 'inside';
}
function labelStyle(place: { readonly left: number; readonly width: number }): CSSProperties {
  switch (labelPlace(place)) {
    case 'after':
      return { left: `${(place.left + place.width) * 100}%` };
    case 'before':
      return { right: `${(1 - place.left) * 100}%` };
    case 'inside':
      return { right: `calc(${Math.max(0, 1 - place.left - place.width) * 100}% + 4px)` };
  }
}

'use client';

import { useQuery } from '@tanstack/react-query';
import { formatNumber } from '#components/charts/format-number.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { useWidth } from '#components/explore/chart-axes.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { DifferencesPanel } from './differences-panel.tsx';
import { HeatMap } from './heat-map.tsx';
import { HeatTable } from './heat-table.tsx';
import { heatmapQuery, tracePageQuery } from './queries.ts';
import { withCondition } from './query-edits.ts';
import { readField, writeQuery } from './query-text.ts';
import { durationConditions, outsideCondition, type Region } from './region.ts';
import { SourceNotes } from './source-notes.tsx';
import { TraceDots } from './trace-dots.tsx';
import type { Search } from './use-search.ts';

const HEIGHT = 200;
/** As many traces are shown one by one; more as a map. */
const FEW = 200;
const TIMES = 90;
const DURATIONS = 30;

/** When what matches began, and how long it took: all of it. A part that is marked says what is special about it. */
export function HeatPanel({ search }: { readonly search: Search }) {
  const { state, set, selection } = search;
  const { zoomTo } = useTimeRange();
  const map = useQuery(heatmapQuery({ ...selection, of: state.heat, times: TIMES, durations: DURATIONS }));
  const few = state.heat === 'traces' && map.data !== undefined && map.data.total <= FEW;
  const single = useQuery({ ...tracePageQuery({ ...selection, sort: 'newest', limit: FEW, offset: 0, spans: 1, columns: [] }), enabled: few });
  const { host, width } = useWidth();
  const narrow = (region: Region): void => {
    search.edit((query) => durationConditions(region, state.heat).reduce(withCondition, query));
    zoomTo(region.fromMs, region.toMs + 999);
  };
  return (
    <>
      <Panel
        title="Duration over time"
        note={map.data === undefined ? undefined : map.data.total === 0 ? undefined : few ? 'a dot is a trace: larger has more spans, red has errors; drag to mark' : `all ${formatNumber(map.data.total, 'count')} matching ${state.heat}; darker is more${map.data.cells.some(({ errors }) => errors > 0) ? ', red failed' : ''}; drag to mark`}
        actions={
          <>
            {map.data !== undefined && <SourceNotes exact={map.data.exact} notes={map.data.notes} />}
            <SegmentedControl label="Counted" value={state.heat} onValueChange={(heat) => set({ heat, region: null })} options={[{ value: 'traces', label: 'Traces', description: 'Whole traces by their duration' }, { value: 'spans', label: 'Spans', description: 'The matching spans by theirs' }]} />
            <SegmentedControl label="Shown as" value={state.plot} onValueChange={(plot) => set({ plot })} options={[{ value: 'picture', label: 'Picture' }, { value: 'table', label: 'Table' }]} />
          </>
        }
        flush
      >
        <div ref={host as React.RefObject<HTMLDivElement | null>} className="min-w-0 pb-1">
          <DataState
            query={map}
            skeleton={<Skeleton className="mx-3 mb-2 h-[192px]" />}
            empty={(answer) => (answer.total === 0 ? { title: 'Nothing matches in this range', hint: `Looked at: ${search.range.toLowerCase()}.` } : undefined)}
          >
            {(answer) =>
              state.plot === 'table' ? (
                <HeatTable answer={answer} of={state.heat} onRegion={(region) => set({ region, plot: 'picture' })} />
              ) : width === 0 ? (
                <div style={{ height: HEIGHT }} />
              ) : few && single.data !== undefined ? (
                <TraceDots traces={single.data.traces} fromMs={selection.from} toMs={selection.to} width={width} height={HEIGHT} region={state.region} onRegion={(region) => set({ region })} />
              ) : (
                <HeatMap answer={answer} of={state.heat} width={width} height={HEIGHT} region={state.region} onRegion={(region) => set({ region })} />
              )
            }
          </DataState>
        </div>
      </Panel>
      {state.region !== null && (
        <DifferencesPanel
          selection={selection}
          of={state.heat}
          region={state.region}
          onNarrow={() => state.region !== null && narrow(state.region)}
          onClear={() => set({ region: null })}
          onChoose={(text, value, how) => {
            const field = readField(text);
            if (field !== undefined) search.choose(field, value, how);
          }}
          sets={setsOf(search, state.region)}
        />
      )}
    </>
  );
}

/** The marked durations and the others as two queries over the whole range. */
function setsOf({ query, state }: Search, region: Region): { readonly inside: string; readonly outside: string } | undefined {
  if (query === undefined) return undefined;
  return { inside: writeQuery(durationConditions(region, state.heat).reduce(withCondition, query)), outside: writeQuery(withCondition(query, outsideCondition(region, state.heat))) };
}

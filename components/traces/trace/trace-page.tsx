'use client';

import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useEffect, useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { Page } from '#components/shell/page.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { Tabs, type TabItem } from '#components/ui/tabs.tsx';
import { SpanPanel } from './details/span-panel.tsx';
import { ErrorsBadge, TraceHeader } from './trace-header.tsx';
import { TraceMenu } from './trace-menu.tsx';
import { correctClocks, movedNano } from './model/correct-clocks.ts';
import { analyseTrace } from './model/trace-analysis.ts';
import { operationText, rowOfKey, spanKey, traceModel, type TraceModel } from './model/trace-model.ts';
import { traceColumnsQuery, type LoadedTrace } from './queries.ts';
import { Timeline } from './timeline/timeline.tsx';
import { FlameView } from './views/flame-view.tsx';
import { GraphView } from './views/graph-view.tsx';
import { LogsView } from './views/logs-view.tsx';
import { PathView } from './views/path-view.tsx';
import { SpansView } from './views/spans-view.tsx';
import { StatisticsView } from './views/statistics-view.tsx';
import { traceParsers, type TraceViewName } from './trace-params.ts';

/** `/traces/[id]`: one trace in seven views, with the chosen span's details beside them (`?span=`). */
export function TracePage({ id }: { readonly id: string }) {
  const query = useQuery(traceColumnsQuery(id));
  const columns = query.data?.columns;
  const model = useMemo(() => (columns === undefined ? undefined : traceModel(columns)), [columns]);
  return (
    <Page
      crumbs={[{ label: 'Traces', href: paths.traces() }, { label: model === undefined ? id.slice(0, 7) : operationText(model.columns, model.roots[0] ?? 0) }]}
      badge={
        model === undefined ? undefined : (
          <>
            <span className="flex items-center font-mono text-label text-fg-tertiary max-md:hidden">
              {model.columns.traceId.slice(0, 7)}
              <CopyButton text={model.columns.traceId} label="Copy trace id" />
            </span>
            <ErrorsBadge model={model} />
          </>
        )
      }
      actions={model === undefined ? undefined : <TraceMenu model={model} />}
      time={false}
      namespaces={false}
      fill
    >
      <DataState query={query} className="flex min-h-0 flex-1 flex-col">
        {(trace) => <LoadedPage trace={trace} asStored={model ?? traceModel(trace.columns)} />}
      </DataState>
    </Page>
  );
}

function LoadedPage({ trace, asStored }: { readonly trace: LoadedTrace; readonly asStored: TraceModel }) {
  const { version } = trace;
  const [{ view, span, skew }, setParams] = useQueryStates(traceParsers, { history: 'replace' });
  const corrected = useMemo(() => (skew ? correctClocks(trace.columns) : undefined), [skew, trace.columns]);
  const model = useMemo(() => (corrected === undefined ? asStored : traceModel(corrected.columns)), [corrected, asStored]);
  const analysis = useMemo(() => analyseTrace(model), [model]);
  const { columns } = model;
  const selected = useMemo(() => rowOfKey(columns, span), [columns, span]);
  const select = (row: number): void => void setParams({ span: spanKey(columns, row) });
  const hop = useMemo(() => (selected === -1 || model.proxySpans === 0 ? undefined : [...analysis.hopOf.values()].find(({ row, absorbed }) => row === selected || absorbed.includes(selected))), [analysis, model, selected]);
  // Measured by bench/traces-browser.ts: the frame after the first one is on the screen.
  useEffect(() => {
    const frame = requestAnimationFrame(() => performance.mark('trace-painted'));
    return () => cancelAnimationFrame(frame);
  }, []);
  const shared = { model, selected, onSelect: select };
  const tabs: TabItem<TraceViewName>[] = [
    { value: 'timeline', label: 'Timeline', content: <Timeline model={model} analysis={analysis} version={version} stored={corrected?.stored} /> },
    { value: 'flame', label: 'Flame graph', content: <FlameView {...shared} /> },
    { value: 'graph', label: 'Graph', content: <GraphView {...shared} analysis={analysis} /> },
    { value: 'statistics', label: 'Statistics', content: <StatisticsView model={model} version={version} /> },
    { value: 'spans', label: 'Spans', content: <SpansView {...shared} /> },
    { value: 'path', label: 'Critical path', content: <PathView {...shared} analysis={analysis} /> },
    { value: 'logs', label: 'Logs', content: <LogsView {...shared} version={version} /> },
  ];
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <TraceHeader model={model} moved={corrected?.moved} skew={skew} onSkew={(on) => void setParams({ skew: on })} />
      <SplitLayout sideWidth={440} side={selected === -1 ? undefined : <SpanPanel key={version} model={model} version={version} row={selected} hop={hop} movedNano={movedNano(columns, corrected?.stored, selected)} onClose={() => void setParams({ span: null })} onSelect={select} onRoot={(row) => void setParams({ root: spanKey(columns, row), view: 'timeline' })} />}>
        <Tabs value={view} onValueChange={(next) => void setParams({ view: next })} label="Views of the trace" tabs={tabs} className="h-full [&>div:first-child]:px-2" />
      </SplitLayout>
    </div>
  );
}

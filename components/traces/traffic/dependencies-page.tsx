'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useCallback, useMemo, useRef } from 'react';
import { paths } from '#components/api/paths.ts';
import { GraphCanvas } from '#components/graph/graph-canvas.tsx';
import { GraphControls } from '#components/graph/graph-controls.tsx';
import type { GraphScene } from '#components/graph/graph-scene.ts';
import { neighbourhood } from '#components/graph/find-and-hide.ts';
import { Page } from '#components/shell/page.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { Notice } from '#components/ui/states.tsx';
import type { DependenciesAnswer } from '#server/traces/derived/schemas.ts';
import { DependencyPanel } from './dependency-panel.tsx';
import { DependencyTable } from './dependency-table.tsx';
import { dependencyGraph } from './dependency-graph.ts';
import { dependenciesQuery } from './queries.ts';
import { BigTopology } from './topology/big-topology.tsx';
import { TracesTabs } from './traces-tabs.tsx';
import { tracesOf } from './trace-query-links.ts';

const NO_BOXES = { namespaceBoxes: false, appBoxes: false };
/** Beyond so many nodes names and shapes of each are too small to be read, and too many to be drawn well. */
const MAX_DETAILED_NODES = 250;
const PAINT = { labels: ['rate' as const, 'p95' as const], security: false, badges: false };
const parsers = { view: parseAsStringLiteral(['graph', 'table'] as const).withDefault('graph'), select: parseAsString, focus: parseAsString, find: parseAsString.withDefault('') };
type State = { view: 'graph' | 'table'; select: string | null; focus: string | null; find: string };
type SetState = (change: Partial<State>) => unknown;

/** `/traces/dependencies`: who calls whom by the traces, with rate, errors and latency, set beside what the mesh's metrics count. */
export function DependenciesPage() {
  const { window } = useTimeRange();
  const [state, setState] = useQueryStates(parsers, { history: 'push' });
  const query = useQuery(dependenciesQuery(window));
  return (
    <Page
      crumbs={[{ label: 'Traces', href: paths.traces() }]}
      badge={<TracesTabs />}
      namespaces={false}
      fill
      toolbar={
        <>
            {state.focus !== null && <Button onClick={() => void setState({ focus: null })}>All services</Button>}
            <SearchInput value={state.find} onChange={(event) => void setState({ find: event.target.value })} placeholder="Find a service" aria-label="Find a service" className="w-44" />
            <SegmentedControl label="View" value={state.view} onValueChange={(view) => void setState({ view })} options={[{ value: 'graph', label: 'Graph' }, { value: 'table', label: 'Table' }]} />
        </>
      }
    >
      <DataState query={query} className="flex h-full min-h-0 flex-col" empty={({ nodes }) => (nodes.length > 0 ? undefined : { title: 'No spans in this range', hint: 'Choose a longer range, or send a request through the gateway.' })}>
        {(data) => <Dependencies data={data} state={state} onChange={setState} />}
      </DataState>
    </Page>
  );
}

function Dependencies({ data, state, onChange }: { readonly data: DependenciesAnswer; readonly state: State; readonly onChange: SetState }) {
  const sceneRef = useRef<GraphScene>(null);
  const navigate = useAppNavigate();
  const whole = useMemo(() => dependencyGraph(data), [data]);
  const graph = useMemo(() => (state.focus !== null && whole.nodes.some((node) => node.id === state.focus) ? neighbourhood(whole, state.focus, Infinity) : whole), [whole, state.focus]);
  const found = useMemo(() => {
    const wanted = state.find.trim().toLowerCase();
    if (wanted === '') return undefined;
    return { nodes: new Set(graph.nodes.filter((node) => node.id.toLowerCase().includes(wanted)).map((node) => node.id)), edges: new Set<string>() };
  }, [graph, state.find]);
  const choose = useCallback((id: string | undefined) => void onChange({ select: id ?? null }), [onChange]);
  const focus = useCallback((id: string) => void onChange({ focus: id }), [onChange]);
  const notes = [...data.notes, ...(data.unpairedSpans === 0 ? [] : [`${data.unpairedSpans.toLocaleString('en')} of ${data.spans.toLocaleString('en')} spans name a caller or callee that sent none: edges are missing there.`])];
  return (
    <>
      {notes.length > 0 && <Notice status="degraded" title="Not the whole picture." message={notes.join(' ')} />}
      <SplitLayout sideWidth={348} side={state.select === null ? undefined : <DependencyPanel data={data} id={state.select} onChoose={choose} onFocus={focus} />}>
        {state.view === 'table' ? (
          <DependencyTable data={data} find={state.find} chosen={state.select ?? undefined} onChoose={choose} />
        ) : graph.nodes.length > MAX_DETAILED_NODES ? (
          <BigTopology graph={graph} found={found} chosen={state.select ?? undefined} onChoose={choose} />
        ) : (
          <>
            <GraphCanvas graph={graph} found={found} chosen={state.select ?? undefined} layoutKey={`traces|${state.focus ?? ''}`} boxes={NO_BOXES} paint={PAINT} moving={false} onChoose={choose} onOpen={focus} onVisit={(id) => navigate(tracesOf({ service: id }))} sceneRef={sceneRef} />
            <GraphControls sceneRef={sceneRef} />
          </>
        )}
      </SplitLayout>
    </>
  );
}

'use client';

import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { Page } from '#components/shell/page.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { EmptyState, Notice } from '#components/ui/states.tsx';
import { EdgePanel } from './edge-panel.tsx';
import { GraphCanvas } from './graph-canvas.tsx';
import { GraphControls } from './graph-controls.tsx';
import { pageOfNode } from './graph-links.ts';
import { GraphPanel } from './graph-panel.tsx';
import type { GraphScene } from './graph-scene.ts';
import { GraphTables } from './graph-tables.tsx';
import { GraphToolbar } from './graph-toolbar.tsx';
import { layoutKey } from './layout-store.ts';
import { NodePanel } from './node-panel.tsx';
import { useGraph, useGraphState, useShownGraph, type GraphState, type SetGraphState, type ShownGraph } from './use-graph.ts';

/** The mesh as a graph of who calls whom: live, at a moment, or over a range. */
export function GraphPage() {
  const [state, setState] = useGraphState();
  const query = useGraph(state);
  const shown = useShownGraph(query.data, state);
  const calm = useReducedMotion();
  return (
    <Page crumbs={[{ label: 'Graph' }]} fill toolbar={<GraphToolbar state={state} onChange={setState} shown={shown} canMove={!calm} />}>
      {query.data !== undefined && query.error !== null && <Notice status="degraded" title="Showing an older graph." message={toApiError(query.error).message} since={query.dataUpdatedAt} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && query.data.warnings.length > 0 && <Notice status="degraded" title="Not complete." message={query.data.warnings.join(' ')} />}
      {shown === undefined ? (
        <DataState query={query} skeleton={<GraphSkeleton />} asked="GET /api/graph" className="h-full">
          {() => null}
        </DataState>
      ) : (
        <GraphBody state={state} onChange={setState} shown={shown} whole={query.data?.nodes.length ?? 0} calm={calm} />
      )}
    </Page>
  );
}

interface GraphBodyProps {
  readonly state: GraphState;
  readonly onChange: SetGraphState;
  readonly shown: ShownGraph;
  /** Nodes before hiding. */
  readonly whole: number;
  readonly calm: boolean;
}

function GraphBody({ state, onChange, shown, whole, calm }: GraphBodyProps) {
  const { graph, found } = shown;
  const { selected: namespaces } = useNamespaces();
  const { live } = useTimeRange();
  const sceneRef = useRef<GraphScene>(null);
  const navigate = useAppNavigate();
  const chosen = state.select ?? undefined;
  const choose = useCallback((id: string | undefined) => void onChange({ select: id ?? null, ...(id === undefined ? {} : { panel: true }) }), [onChange]);
  const focus = useCallback((id: string | null) => void onChange({ focus: id }), [onChange]);
  const visit = (id: string): void => {
    const node = graph.nodes.find((each) => each.id === id);
    const page = node === undefined ? undefined : pageOfNode(node);
    if (page !== undefined) navigate(page.href);
  };
  const boxes = useMemo(() => ({ namespaceBoxes: state.nsBoxes, appBoxes: state.appBoxes && state.type === 'versionedApp' }), [state.nsBoxes, state.appBoxes, state.type]);
  const paint = useMemo(() => ({ labels: state.labels, security: state.mtls, badges: state.badges }), [state.labels, state.mtls, state.badges]);
  const key = layoutKey({ type: state.type, serviceNodes: state.services && state.type !== 'service', ...boxes, namespaces, focus: state.focus });
  const panel = state.panel ? <DetailsPanel shown={shown} state={state} onChoose={choose} onFocus={focus} onClose={() => void onChange({ panel: false })} /> : undefined;
  if (graph.nodes.length === 0) return <NothingToShow whole={whole} state={state} onChange={onChange} />;
  return (
    <SplitLayout side={panel} sideWidth={348}>
      {state.view === 'list' ? (
        <GraphTables graph={graph} found={found} chosen={chosen} onChoose={choose} />
      ) : (
        <>
          <GraphCanvas graph={graph} found={found} chosen={chosen} layoutKey={key} boxes={boxes} paint={paint} moving={state.motion && live && !calm} onChoose={choose} onOpen={focus} onVisit={visit} sceneRef={sceneRef} />
          <GraphControls sceneRef={sceneRef} />
        </>
      )}
    </SplitLayout>
  );
}

function DetailsPanel({ shown: { graph }, state, onChoose, onFocus, onClose }: { readonly shown: ShownGraph; readonly state: GraphState; readonly onChoose: (id: string | undefined) => void; readonly onFocus: (id: string | null) => void; readonly onClose: () => void }) {
  const node = graph.nodes.find((each) => each.id === state.select);
  if (node !== undefined) return <NodePanel key={node.id} graph={graph} node={node} isFocus={state.focus === node.id} onChoose={onChoose} onFocus={onFocus} />;
  const edge = graph.edges.find((each) => each.id === state.select);
  if (edge !== undefined) return <EdgePanel key={edge.id} graph={graph} edge={edge} onChoose={onChoose} />;
  const isBox = state.select !== null && (state.select.startsWith('ns:') || graph.boxes.some((box) => box.id === state.select));
  return <GraphPanel graph={graph} box={isBox && state.select !== null ? state.select : undefined} onChoose={onChoose} onClose={onClose} />;
}

function NothingToShow({ whole, state, onChange }: { readonly whole: number; readonly state: GraphState; readonly onChange: SetGraphState }) {
  const { selected, select } = useNamespaces();
  if (whole > 0) {
    return <EmptyState title={`All ${whole} nodes are hidden`} hint={<>The hide text is <code>{state.hide}</code>.</>} action={<Button onClick={() => void onChange({ hide: '', focus: null })}>Show them again</Button>} className="h-full" />;
  }
  return (
    <EmptyState
      className="h-full"
      title={selected.length === 0 ? 'No traffic in this window' : `No traffic in ${selected.join(', ')} in this window`}
      hint={
        <>
          Send a request through the gateway: <code>curl http://127.0.0.1:8080/</code>. Workloads without traffic can be shown too.
        </>
      }
      action={
        <>
          {!state.idleNodes && <Button onClick={() => void onChange({ idleNodes: true })}>Show idle nodes</Button>}
          {selected.length > 0 && <Button onClick={() => select([])}>All namespaces</Button>}
        </>
      }
    />
  );
}

function GraphSkeleton() {
  return (
    <div className="flex h-full min-h-96 items-center justify-around px-12" aria-hidden>
      {[1, 2, 3, 2].map((count, column) => (
        <div key={column} className="flex flex-col gap-16">
          {Array.from({ length: count }, (_, row) => (
            <div key={row} className="flex flex-col items-center gap-2">
              <Skeleton className="size-11 rounded-full" />
              <Skeleton className="h-2.5 w-20" />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

const REDUCED = '(prefers-reduced-motion: reduce)';

function useReducedMotion(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(REDUCED);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(REDUCED).matches,
    () => true,
  );
}

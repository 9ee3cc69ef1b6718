'use client';

import { useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { useDarkTheme } from '#components/shell/preferences.ts';
import { cx } from '#components/ui/class-names.ts';
import { Spinner } from '#components/ui/spinner.tsx';
import type { Graph } from '#server/graph/core/graph-model.ts';
import { neighbourhood, type Matches } from './find-and-hide.ts';
import { sceneElements, type BoxSettings } from './graph-elements.ts';
import { GraphScene } from './graph-scene.ts';
import type { Point } from './edge-path.ts';
import { HoverCard } from './hover-card.tsx';
import { NodeKeyboard } from './node-keyboard.tsx';
import { paintedGraph, type PaintSettings } from './painted-graph.ts';

export interface GraphCanvasProps {
  readonly graph: Graph;
  readonly found: Matches | undefined;
  readonly chosen: string | undefined;
  /** Graphs of one key share their places. */
  readonly layoutKey: string;
  readonly boxes: BoxSettings;
  readonly paint: PaintSettings;
  readonly moving: boolean;
  readonly onChoose: (id: string | undefined) => void;
  /** Drills into a node. */
  readonly onOpen: (id: string) => void;
  /** Goes to the page of a node. */
  readonly onVisit: (id: string) => void;
  /** Set while the drawing lives: fit, zoom, arrange. */
  readonly sceneRef: RefObject<GraphScene | null>;
}

/** The drawn graph. React hands over what to show; the scene touches only what differs. */
export function GraphCanvas({ graph, found, chosen, layoutKey, boxes, paint, moving, onChoose, onOpen, onVisit, sceneRef }: GraphCanvasProps) {
  const container = useRef<HTMLDivElement>(null);
  const labels = useRef<HTMLCanvasElement>(null);
  const traffic = useRef<HTMLCanvasElement>(null);
  const [pointed, setPointed] = useState<{ readonly id: string; readonly at: Point }>();
  const hovered = pointed?.id;
  const [focused, setFocused] = useState<string>();
  const [arranged, setArranged] = useState(0);
  const [arrangedKey, setArrangedKey] = useState<string>();
  const dark = useDarkTheme();
  const handlers = useRef({ onChoose, onOpen, layoutKey });
  useEffect(() => {
    handlers.current = { onChoose, onOpen, layoutKey };
  });

  useEffect(() => {
    if (container.current === null || labels.current === null || traffic.current === null) return undefined;
    const scene = new GraphScene(
      { container: container.current, labels: labels.current, traffic: traffic.current },
      { onChoose: (id) => handlers.current.onChoose(id), onOpen: (id) => handlers.current.onOpen(id), onHover: (id, at) => setPointed(id === undefined || at === undefined ? undefined : { id, at }), onArranged: () => {
          setArranged((count) => count + 1);
          setArrangedKey(handlers.current.layoutKey);
        } },
    );
    sceneRef.current = scene;
    return () => {
      sceneRef.current = null;
      scene.destroy();
    };
  }, [sceneRef]);

  const { namespaceBoxes, appBoxes } = boxes;
  const elements = useMemo(() => sceneElements(graph, { namespaceBoxes, appBoxes }), [graph, namespaceBoxes, appBoxes]);
  const { labels: kinds, security, badges } = paint;
  const painted = useMemo(() => paintedGraph(graph, { labels: kinds, security, badges }), [graph, kinds, security, badges]);
  useEffect(() => sceneRef.current?.show({ key: layoutKey, elements, painted, edges: graph.edges }), [sceneRef, layoutKey, elements, painted, graph.edges]);

  const marks = useMemo(() => {
    const picked = hovered ?? (focused !== undefined && focused === chosen ? undefined : focused);
    return { chosen, hovered, focused, found: found === undefined ? undefined : new Set([...found.nodes, ...found.edges]), lit: picked === undefined ? undefined : litBy(graph, picked) };
  }, [graph, chosen, hovered, focused, found]);
  useEffect(() => sceneRef.current?.setMarks(marks), [sceneRef, marks, elements]);
  useEffect(() => sceneRef.current?.setAnimated(moving), [sceneRef, moving]);
  // Tokens are read after the attribute on the page has changed, which happens before React renders.
  useEffect(() => sceneRef.current?.refreshTheme(), [sceneRef, dark]);
  useEffect(() => {
    if (focused !== undefined) sceneRef.current?.reveal(focused);
  }, [sceneRef, focused]);

  // Until the worker has placed them, all nodes lie on one heap.
  const hidden = arrangedKey !== layoutKey && 'opacity-0';
  return (
    <div className="absolute inset-0 overflow-hidden bg-canvas" style={{ backgroundImage: 'radial-gradient(var(--graph-grid) 1px, transparent 1px)', backgroundSize: '22px 22px' }} data-testid="graph" data-nodes={graph.nodes.length} data-edges={graph.edges.length} data-arranged={arranged}>
      {/* Cytoscape sets the position of its container by itself. */}
      <div className={cx('absolute inset-0', hidden)} aria-hidden>
        <div ref={container} className="size-full" />
      </div>
      <div className={cx('pointer-events-none absolute inset-0', hidden)} aria-hidden>
        <canvas ref={traffic} className="absolute inset-0 size-full transition-opacity" />
        <canvas ref={labels} className="absolute inset-0 size-full" />
      </div>
      {hidden !== false && (
        <p role="status" className="absolute inset-0 flex items-center justify-center gap-2 text-label text-fg-secondary">
          <Spinner /> Arranging the graph
        </p>
      )}
      {pointed !== undefined && <HoverCard graph={graph} id={pointed.id} at={pointed.at} />}
      <NodeKeyboard graph={graph} sceneRef={sceneRef} arranged={arranged} chosen={chosen} onFocusChange={setFocused} onChoose={onChoose} onOpen={onOpen} onVisit={onVisit} />
    </div>
  );
}

/** What a thing that is pointed at lights: an edge its two ends, a node all it calls and all that call it. */
function litBy(graph: Graph, id: string): ReadonlySet<string> | undefined {
  const edge = graph.edges.find((each) => each.id === id);
  if (edge !== undefined) return new Set([edge.id, edge.source, edge.target]);
  if (!graph.nodes.some((node) => node.id === id)) return undefined;
  const near = neighbourhood(graph, id, Infinity);
  return new Set([...near.nodes.map((node) => node.id), ...near.edges.map((each) => each.id)]);
}

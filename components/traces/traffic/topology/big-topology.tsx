'use client';

import { Maximize, Minus, Plus } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { neighbourhood, type Matches } from '#components/graph/find-and-hide.ts';
import { readGraphTheme } from '#components/graph/graph-theme.ts';
import { useDarkTheme } from '#components/shell/preferences.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import type { Graph } from '#server/graph/core/graph-model.ts';
import { layeredPlaces } from './layered-places.ts';
import { paintTopology, type TopologyScene } from './paint-topology.ts';
import { fitView, zoomAt, type TopologyView } from './topology-view.ts';

export interface BigTopologyProps {
  readonly graph: Graph;
  readonly found: Matches | undefined;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string | undefined) => void;
}

/** Pixels around the pointer in which a node is meant. */
const REACH = 14;

/** A topology of hundreds or thousands of services: one canvas, nothing per node in the document. The table beside it says the same to those who do not see it. */
export function BigTopology({ graph, found, chosen, onChoose }: BigTopologyProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDarkTheme();
  const [hovered, setHovered] = useState<string>();
  const drawing = useMemo(() => {
    const index = new Map(graph.nodes.map((node, i) => [node.id, i]));
    const ends = graph.edges.map((edge): [number, number] => [index.get(edge.source) ?? 0, index.get(edge.target) ?? 0]);
    return { ends, places: layeredPlaces(graph.nodes.length, ends) };
  }, [graph]);
  const lit = useMemo(() => {
    const picked = hovered ?? (chosen !== undefined && graph.nodes.some((node) => node.id === chosen) ? chosen : undefined);
    if (picked !== undefined) {
      const near = neighbourhood(graph, picked, Infinity);
      return new Set([...near.nodes.map((node) => node.id), ...near.edges.map((edge) => edge.id)]);
    }
    return found === undefined ? undefined : new Set(found.nodes);
  }, [graph, hovered, chosen, found]);
  const scene = useMemo((): TopologyScene => ({ graph, ...drawing, lit, chosen }), [graph, drawing, lit, chosen]);
  const painter = useRef<Painter>(null);

  useEffect(() => {
    if (canvas.current === null) return undefined;
    painter.current = new Painter(canvas.current);
    return () => painter.current?.stop();
  }, []);
  useEffect(() => painter.current?.show(scene), [scene]);
  useEffect(() => painter.current?.refreshTheme(), [dark]);

  const drag = useRef<{ x: number; y: number; moved: boolean }>(null);
  return (
    <div className="absolute inset-0 overflow-hidden bg-canvas" data-testid="topology" data-nodes={graph.nodes.length} data-edges={graph.edges.length}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${graph.nodes.length} services and ${graph.edges.length} edges. The table lists them.`}
        className="size-full cursor-grab touch-none active:cursor-grabbing"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (from === null) {
            setHovered(painter.current?.nodeAt(event.nativeEvent.offsetX, event.nativeEvent.offsetY));
            return;
          }
          const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
          if (!from.moved && Math.hypot(dx, dy) < 4) return;
          drag.current = { x: event.clientX, y: event.clientY, moved: true };
          painter.current?.pan(dx, dy);
        }}
        onPointerUp={(event) => {
          if (drag.current?.moved === false) onChoose(painter.current?.nodeAt(event.nativeEvent.offsetX, event.nativeEvent.offsetY));
          drag.current = null;
        }}
        onPointerLeave={() => setHovered(undefined)}
        onWheel={(event) => painter.current?.zoom(Math.exp(-event.deltaY * 0.0015), event.nativeEvent.offsetX, event.nativeEvent.offsetY)}
      />
      <div role="group" aria-label="View of the topology" className="absolute bottom-2.5 left-2.5 z-10 flex h-8 items-center rounded-panel border border-line bg-overlay px-px">
        <IconButton side="top" label="Zoom in" icon={<Plus />} onClick={() => painter.current?.zoom(1.25)} />
        <IconButton side="top" label="Zoom out" icon={<Minus />} onClick={() => painter.current?.zoom(0.8)} />
        <IconButton side="top" label="Fit all in the window" icon={<Maximize />} onClick={() => painter.current?.fit()} />
      </div>
    </div>
  );
}

/** Keeps the view and paints at most once a frame. */
class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #resized: ResizeObserver;
  #theme = readGraphTheme();
  #scene: TopologyScene | undefined;
  #view: TopologyView | undefined;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#resized = new ResizeObserver(() => this.#request());
    this.#resized.observe(canvas);
  }

  show(scene: TopologyScene): void {
    // Another drawing is looked at from where all of it is seen; marks alone move nothing.
    if (scene.places !== this.#scene?.places) this.#view = undefined;
    this.#scene = scene;
    this.#request();
  }

  refreshTheme(): void {
    this.#theme = readGraphTheme();
    this.#request();
  }

  fit(): void {
    this.#view = undefined;
    this.#request();
  }

  pan(dx: number, dy: number): void {
    if (this.#view === undefined) return;
    this.#view = { ...this.#view, offsetX: this.#view.offsetX + dx, offsetY: this.#view.offsetY + dy };
    this.#request();
  }

  zoom(factor: number, x = this.#canvas.clientWidth / 2, y = this.#canvas.clientHeight / 2): void {
    if (this.#view === undefined) return;
    this.#view = zoomAt(this.#view, factor, x, y);
    this.#request();
  }

  /** The node at a point of the canvas, if one is near. */
  nodeAt(x: number, y: number): string | undefined {
    const [scene, view] = [this.#scene, this.#view];
    if (scene === undefined || view === undefined) return undefined;
    let nearest: string | undefined;
    let least = REACH;
    for (const [i, node] of scene.graph.nodes.entries()) {
      const distance = Math.hypot((scene.places.x[i] ?? 0) * view.zoom + view.offsetX - x, (scene.places.y[i] ?? 0) * view.zoom + view.offsetY - y);
      if (distance < least) {
        least = distance;
        nearest = node.id;
      }
    }
    return nearest;
  }

  stop(): void {
    this.#resized.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #request(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d');
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (context === null || this.#scene === undefined || width === 0 || height === 0) return;
    const ratio = devicePixelRatio;
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    this.#view ??= fitView(this.#scene.places, { width, height });
    paintTopology(context, this.#scene, this.#view, this.#theme, { width, height, ratio });
  }
}

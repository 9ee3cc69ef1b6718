import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import type { GraphEdge } from '#server/graph/core/graph-model.ts';
import { animateTraffic, type TrafficAnimation } from './animate-traffic.ts';
import { cytoscapeStyle } from './cytoscape-style.ts';
import type { Point } from './edge-path.ts';
import { diffElements, isSameShape } from './element-diff.ts';
import type { SceneElement } from './graph-elements.ts';
import { readGraphTheme, type GraphTheme } from './graph-theme.ts';
import type { Size } from './layout-graph.ts';
import type { PaintedGraph } from './painted-graph.ts';
import { paintScene, placeTexts, type PlacedTexts } from './paint-scene.ts';
import { placeNewNodes } from './place-new-nodes.ts';
import { createLayoutRunner } from './run-layout.ts';
import { applyPlaces, applyRoutes, releaseRoutes, SceneLayout } from './scene-layout.ts';
import { isFaded, type Marks } from './scene-marks.ts';
import { paintInput } from './scene-paint-input.ts';
import { ScenePaths } from './scene-paths.ts';

export interface SceneHost {
  readonly container: HTMLElement;
  readonly labels: HTMLCanvasElement;
  readonly traffic: HTMLCanvasElement;
}
export interface SceneEvents {
  /** A node, edge or box was chosen; `undefined`: the ground. */
  onChoose(id: string | undefined): void;
  /** A node was opened: double click. */
  onOpen(id: string): void;
  /** What the pointer is over, and where that is in the window of the drawing. */
  onHover(id: string | undefined, at: Point | undefined): void;
  /** Nodes were arranged or moved. */
  onArranged(): void;
}
export interface SceneContent {
  /** Graphs of one key share their places. */
  readonly key: string;
  readonly elements: readonly SceneElement[];
  readonly painted: PaintedGraph;
  readonly edges: readonly GraphEdge[];
}

const MOVE_MS = 260;
const INSET = { top: 20, right: 24, bottom: 52, left: 24 };
const MAX_FIT_ZOOM = 1.2;

/** The drawing: Cytoscape for bodies, lines and hands; two canvases above it for text and for moving traffic. */
export class GraphScene {
  readonly #host: SceneHost;
  readonly #events: SceneEvents;
  readonly #cy: Core;
  readonly #paths: ScenePaths;
  readonly #runner = createLayoutRunner();
  readonly #traffic: TrafficAnimation;
  readonly #resizing: ResizeObserver;
  #theme: GraphTheme = readGraphTheme();
  #shown = new Map<string, SceneElement>();
  #content: SceneContent | undefined;
  #layout: SceneLayout | undefined;
  #key = '';
  /** Counts layouts asked for, so that a late answer for an older drawing is dropped. */
  #asked = 0;
  #marks: Marks = { chosen: undefined, hovered: undefined, focused: undefined, found: undefined, lit: undefined };
  /** Where names and edge labels stand, px from the pan; `undefined`: to be placed anew. */
  #texts: PlacedTexts | undefined;
  #textZoom = 0;
  /** Nobody has panned or zoomed by hand since the last fit. */
  #fitted = true;

  constructor(host: SceneHost, events: SceneEvents) {
    this.#host = host;
    this.#events = events;
    this.#cy = cytoscape({ container: host.container, style: cytoscapeStyle(this.#theme), minZoom: 0.12, maxZoom: 2.5, boxSelectionEnabled: false, autounselectify: true, layout: { name: 'preset' } });
    this.#paths = new ScenePaths(this.#cy);
    this.#traffic = animateTraffic(host.traffic, (id) => this.#paths.of(id), () => ({ pan: this.#cy.pan(), zoom: this.#cy.zoom() }), this.#theme);
    this.#listen();
    this.#resizing = new ResizeObserver(() => this.#resize());
    this.#resizing.observe(host.container);
    this.#resize();
  }

  /** Shows a graph: only what differs from what is shown is touched, and what has a place keeps it. */
  show(content: SceneContent): void {
    this.#content = content;
    const isNewKey = content.key !== this.#key;
    if (isNewKey || this.#layout === undefined) {
      this.#key = content.key;
      this.#layout = new SceneLayout(content.key);
    }
    const layout = this.#layout;
    const diff = diffElements(this.#shown, content.elements);
    this.#cy.batch(() => {
      this.#cy.add(diff.added.map(definitionOf));
      for (const element of diff.moved) this.#cy.getElementById(element.id).move({ parent: element.parent ?? null });
      for (const element of diff.changed) this.#cy.getElementById(element.id).data(element.data);
      // Last: with a box Cytoscape removes all that is still in it.
      for (const id of diff.removed) this.#cy.getElementById(id).remove();
    });
    this.#shown = new Map(content.elements.map((element) => [element.id, element]));
    this.#traffic.setEdges(content.edges);
    this.#texts = undefined;
    this.#mark();
    if (isNewKey || !isSameShape(diff)) this.#arrange(layout, isNewKey);
    else this.#paint();
  }

  /** Arranges everything anew; moved nodes go free. */
  relayout(): void {
    if (this.#layout !== undefined) void this.#arrangeAll(this.#layout, true);
  }

  setMarks(marks: Marks): void {
    this.#marks = marks;
    this.#texts = undefined;
    this.#mark();
    this.#paint();
  }

  setAnimated(animated: boolean): void {
    this.#traffic.setRunning(animated);
  }

  /** Call when the page's theme has changed. */
  refreshTheme(): void {
    this.#theme = readGraphTheme();
    this.#traffic.setTheme(this.#theme);
    this.#cy.style(cytoscapeStyle(this.#theme));
    this.#paint();
  }

  /** All of it in the window. */
  fit(): void {
    this.#fitted = true;
    const drawn = this.#cy.elements().not('.unplaced');
    if (drawn.empty()) return;
    const box = drawn.boundingBox({ includeLabels: true, includeOverlays: false });
    const room = { width: Math.max(60, this.#cy.width() - INSET.left - INSET.right), height: Math.max(60, this.#cy.height() - INSET.top - INSET.bottom) };
    const zoom = Math.min(MAX_FIT_ZOOM, room.width / Math.max(1, box.w), room.height / Math.max(1, box.h));
    this.#cy.viewport({ zoom, pan: { x: INSET.left + (room.width - box.w * zoom) / 2 - box.x1 * zoom, y: INSET.top + (room.height - box.h * zoom) / 2 - box.y1 * zoom } });
  }

  zoomBy(factor: number): void {
    this.#fitted = false;
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition: { x: this.#cy.width() / 2, y: this.#cy.height() / 2 } });
  }

  /** Moves the window over a node that is out of it. */
  reveal(id: string): void {
    const node = this.#cy.getElementById(id);
    if (node.empty() || !node.isNode()) return;
    const { x, y } = node.renderedPosition();
    const margin = 60;
    const dx = x < margin ? margin - x : x > this.#cy.width() - margin ? this.#cy.width() - margin - x : 0;
    const dy = y < margin ? margin - y : y > this.#cy.height() - margin ? this.#cy.height() - margin - y : 0;
    if (dx !== 0 || dy !== 0) this.#cy.panBy({ x: dx, y: dy });
  }

  /** Places of the nodes, graph px. */
  places(): ReadonlyMap<string, Point> {
    return new Map(this.#cy.nodes('[shape][^box]').map((node): [string, Point] => [node.id(), { ...node.position() }]).filter(([id]) => this.#layout?.places.has(id) === true));
  }

  destroy(): void {
    this.#asked += 1;
    this.#resizing.disconnect();
    this.#traffic.stop();
    this.#runner.stop();
    this.#cy.destroy();
  }

  #listen(): void {
    const cy = this.#cy;
    cy.on('render', () => this.#paint());
    cy.on('position add remove style', () => {
      this.#paths.clear();
      this.#texts = undefined;
    });
    cy.on('dragpan scrollzoom pinchzoom', () => {
      this.#fitted = false;
    });
    cy.on('tap', (event) => {
      if (event.target !== cy) this.#events.onChoose(event.target.id());
      else this.#events.onChoose(this.#labelAt(event.renderedPosition));
    });
    cy.on('dbltap', 'node[shape]', (event) => this.#events.onOpen(event.target.id()));
    cy.on('mouseover', 'node, edge', (event) => this.#hover(event.target.id(), event.target.isNode() ? event.target.renderedPosition() : event.renderedPosition));
    cy.on('mouseout grab dragpan', () => this.#hover(undefined, undefined));
    cy.on('drag', 'node', (event) => releaseRoutes(event.target));
    cy.on('dragfree', 'node', (event) => this.#pin(event.target));
  }

  #hover(id: string | undefined, at: Point | undefined): void {
    const isBox = id !== undefined && this.#shown.get(id)?.group === 'box';
    this.#host.container.style.cursor = id === undefined || isBox ? '' : 'pointer';
    if (isBox || id === undefined) this.#events.onHover(undefined, undefined);
    else this.#events.onHover(id, at);
  }

  #pin(node: NodeSingular): void {
    const layout = this.#layout;
    if (layout === undefined) return;
    const moved = node.isParent() ? node.descendants('[shape]') : node;
    for (const each of moved.toArray()) if (each.isNode()) layout.pin(each);
    layout.save();
    applyRoutes(this.#cy, layout);
    this.#events.onArranged();
  }

  /** New nodes find a place among the others; only a graph that is mostly new is arranged as a whole. */
  #arrange(layout: SceneLayout, isNewKey: boolean): void {
    const nodes = this.#nodeIds();
    const unknown = nodes.filter((id) => !layout.places.has(id));
    const isMostlyNew = unknown.length > 0 && layout.pinned.size === 0 && unknown.length * 2 > nodes.length;
    if (isMostlyNew) {
      void this.#arrangeAll(layout, false);
      return;
    }
    if (unknown.length > 0) {
      const known = new Map(nodes.flatMap((id) => (layout.places.has(id) ? [[id, layout.places.get(id) ?? { x: 0, y: 0 }]] : [])));
      const links = [...this.#shown.values()].flatMap(({ source, target }) => (source === undefined || target === undefined ? [] : [{ source, target }]));
      layout.add(placeNewNodes(known, unknown, links));
    }
    applyPlaces(this.#cy, layout);
    applyRoutes(this.#cy, layout);
    if (isNewKey || this.#fitted) this.fit();
    this.#events.onArranged();
  }

  async #arrangeAll(layout: SceneLayout, moving: boolean): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    if (!moving) applyPlaces(this.#cy, layout);
    const result = await this.#runner.arrange([...this.#shown.values()], (element) => this.#nameSize(element));
    if (asked !== this.#asked) return;
    layout.replace(result);
    if (moving && !matchMedia('(prefers-reduced-motion: reduce)').matches) await this.#moveTo(layout);
    if (asked !== this.#asked) return;
    applyPlaces(this.#cy, layout);
    applyRoutes(this.#cy, layout);
    // The drawing may have grown while the worker was busy.
    if (this.#nodeIds().some((id) => !layout.places.has(id))) this.#arrange(layout, false);
    this.fit();
    this.#events.onArranged();
  }

  #nodeIds(): string[] {
    return [...this.#shown.values()].filter((element) => element.group === 'node').map((element) => element.id);
  }

  async #moveTo(layout: SceneLayout): Promise<void> {
    this.#cy.edges().removeClass('routed straight');
    const moves = this.#cy.nodes('[shape]').map((node) => {
      const place = layout.places.get(node.id());
      if (place === undefined) return Promise.resolve();
      return new Promise<void>((resolve) => {
        node.animate({ position: { ...place } }, { duration: MOVE_MS, easing: 'ease-out', complete: () => resolve() });
      });
    });
    await Promise.all(moves);
  }

  #nameSize(element: SceneElement): Size {
    const context = this.#host.labels.getContext('2d');
    if (context === null) return { width: 100, height: 40 };
    context.font = `600 12px ${this.#theme.font}`;
    // The note below the name changes with the traffic: it gets a fixed room, so that the layout does not depend on it.
    return { width: Math.min(170, Math.max(92, context.measureText(String(element.data['label'])).width + 10)), height: 42 };
  }

  #mark(): void {
    const { chosen, hovered, found, lit } = this.#marks;
    this.#cy.batch(() => {
      this.#cy.elements().forEach((element) => {
        const id = element.id();
        element.toggleClass('chosen', id === chosen);
        element.toggleClass('hovered', id === hovered);
        element.toggleClass('found', found?.has(id) === true);
        element.toggleClass('faded', isFaded(id, this.#marks));
      });
    });
    this.#host.traffic.style.opacity = found === undefined && lit === undefined ? '' : '0.35';
  }

  #labelAt(at: Point): string | undefined {
    const pan = this.#cy.pan();
    const [x, y] = [at.x - pan.x, at.y - pan.y];
    for (const [id, rect] of this.#texts?.labels ?? []) if (x >= rect.x && x <= rect.x + rect.width && y >= rect.y && y <= rect.y + rect.height) return id;
    return undefined;
  }

  #resize(): void {
    const { container, labels, traffic } = this.#host;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [labels, traffic]) {
      canvas.width = Math.round(container.clientWidth * ratio);
      canvas.height = Math.round(container.clientHeight * ratio);
    }
    this.#cy.resize();
    if (this.#fitted) this.fit();
    this.#paint();
  }

  #paint(): void {
    const context = this.#host.labels.getContext('2d');
    if (context === null || this.#content === undefined) return;
    const { width, clientWidth } = this.#host.labels;
    const ratio = width / Math.max(1, clientWidth);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, this.#host.labels.height);
    const [zoom, pan] = [this.#cy.zoom(), this.#cy.pan()];
    context.setTransform(ratio, 0, 0, ratio, ratio * pan.x, ratio * pan.y);
    const input = { ...paintInput(this.#cy, this.#content.painted, this.#paths, this.#marks, this.#layout?.pinned ?? new Set()), zoom, theme: this.#theme };
    // Moving the window moves labels along; only what changes their neighbourhood makes them look for places anew.
    if (this.#texts === undefined || zoom !== this.#textZoom) this.#texts = placeTexts(context, input);
    this.#textZoom = zoom;
    paintScene(context, input, this.#texts);
  }
}

function definitionOf({ id, group, parent, source, target, data }: SceneElement): ElementDefinition {
  if (group === 'edge') return { group: 'edges', data: { ...data, id, source, target } };
  return { group: 'nodes', data: { ...data, id, ...(parent === undefined ? {} : { parent }) }, position: { x: 0, y: 0 }, selectable: false };
}

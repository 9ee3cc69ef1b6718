import type { Core, EdgeSingular, NodeSingular } from 'cytoscape';
import { routeHolds, routeStyle, type EdgeRoute } from './edge-route.ts';
import type { Point } from './edge-path.ts';
import type { GraphLayout } from './layout-graph.ts';
import { loadLayout, saveLayout } from './layout-store.ts';

/** Where things of one graph stand: remembered over refreshes, page changes and reloads. */
export class SceneLayout {
  readonly places: Map<string, Point>;
  readonly routes: Map<string, EdgeRoute>;
  readonly pinned: Set<string>;
  readonly #key: string;

  constructor(key: string) {
    const saved = loadLayout(localStorage, key);
    this.#key = key;
    this.places = new Map(Object.entries(saved?.places ?? {}));
    this.routes = new Map(Object.entries(saved?.routes ?? {}));
    this.pinned = new Set(saved?.pinned ?? []);
  }

  /** Takes a whole new arrangement; what is pinned goes free. */
  replace({ places, routes }: GraphLayout): void {
    this.places.clear();
    this.routes.clear();
    this.pinned.clear();
    for (const [id, place] of places) this.places.set(id, place);
    for (const [id, route] of routes) this.routes.set(id, route);
    this.save();
  }

  add(places: ReadonlyMap<string, Point>): void {
    for (const [id, place] of places) this.places.set(id, place);
    this.save();
  }

  /** A person moved this node. */
  pin(node: NodeSingular): void {
    this.places.set(node.id(), { ...node.position() });
    this.pinned.add(node.id());
  }

  save(): void {
    saveLayout(localStorage, this.#key, { places: Object.fromEntries(this.places), routes: Object.fromEntries(this.routes), pinned: [...this.pinned] });
  }
}

/** Puts every node at its place; without one it stays hidden. */
export function applyPlaces(cy: Core, layout: SceneLayout): void {
  cy.batch(() => {
    cy.nodes('[shape]').forEach((node) => {
      const place = layout.places.get(node.id());
      if (place !== undefined) node.position({ ...place });
      node.toggleClass('unplaced', place === undefined);
    });
    cy.edges().forEach((edge) => {
      edge.toggleClass('unplaced', edge.source().hasClass('unplaced') || edge.target().hasClass('unplaced'));
    });
  });
}

/** Leads every edge along its route where that still holds; other edges are plain curves. */
export function applyRoutes(cy: Core, layout: SceneLayout): void {
  cy.batch(() => cy.edges().forEach((edge) => applyRoute(edge, layout.routes.get(edge.id()))));
}

/** The edges of a node that is being moved let go of their routes. */
export function releaseRoutes(node: NodeSingular): void {
  const moved = node.isParent() ? node.descendants() : node;
  moved.connectedEdges().forEach((edge) => applyRoute(edge, undefined));
}

function applyRoute(edge: EdgeSingular, route: EdgeRoute | undefined): void {
  if (route === undefined || !routeHolds(route, edge.source().position(), edge.target().position())) {
    edge.removeClass('routed straight');
    return;
  }
  const style = routeStyle(route);
  edge.data({ ...style });
  edge.toggleClass('routed', route.bends.length > 0);
  edge.toggleClass('straight', route.bends.length === 0);
}

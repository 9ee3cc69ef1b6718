import type { Core, EdgeSingular } from 'cytoscape';
import { flattenCurve, pathOf, type Path, type Point } from './edge-path.ts';

/** The lines of edges in graph px, measured once until something moves. */
export class ScenePaths {
  readonly #cy: Core;
  readonly #paths = new Map<string, Path>();

  constructor(cy: Core) {
    this.#cy = cy;
  }

  /** Forgets everything: positions or routes have changed. */
  clear(): void {
    this.#paths.clear();
  }

  /** The line of an edge; `undefined` while it is not drawn. */
  of(id: string): Path | undefined {
    const known = this.#paths.get(id);
    if (known !== undefined) return known;
    const edge = this.#cy.getElementById(id);
    if (edge.empty() || !edge.isEdge() || !edge.visible() || edge.hasClass('unplaced')) return undefined;
    const points = pointsOf(edge);
    if (points === undefined) return undefined;
    const path = pathOf(points);
    this.#paths.set(id, path);
    return path;
  }
}

function pointsOf(edge: EdgeSingular): Point[] | undefined {
  // Undefined until Cytoscape has drawn the edge once, whatever its types say.
  const [start, end]: (Point | undefined)[] = [edge.sourceEndpoint(), edge.targetEndpoint()];
  if (start === undefined || end === undefined || !Number.isFinite(start.x) || !Number.isFinite(end.x)) return undefined;
  const segments: readonly Point[] | undefined = edge.segmentPoints();
  if (segments !== undefined && segments.length > 0) return [start, ...segments, end];
  const controls: readonly Point[] | undefined = edge.controlPoints();
  return controls !== undefined && controls.length > 0 ? flattenCurve(start, controls, end) : [start, end];
}

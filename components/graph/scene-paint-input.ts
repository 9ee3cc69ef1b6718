import type { Core } from 'cytoscape';
import type { PaintedGraph } from './painted-graph.ts';
import type { PaintInput } from './paint-scene.ts';
import { isFaded, type Marks } from './scene-marks.ts';
import type { ScenePaths } from './scene-paths.ts';

/** Where everything painted is, in screen px from the pan: moving the window changes nothing here. */
export function paintInput(cy: Core, painted: PaintedGraph, paths: ScenePaths, marks: Marks, pinned: ReadonlySet<string>): Omit<PaintInput, 'zoom' | 'theme'> {
  const zoom = cy.zoom();
  const toScreen = ({ x, y }: { x: number; y: number }): { x: number; y: number } => ({ x: x * zoom, y: y * zoom });
  const nodes: PaintInput['nodes'][number][] = [];
  const boxes: PaintInput['boxes'][number][] = [];
  cy.nodes().not('.unplaced').forEach((node) => {
    const id = node.id();
    if (node.data('box') !== undefined) {
      if (node.isChildless()) return;
      const box = node.boundingBox({ includeLabels: false, includeOverlays: false, includeUnderlays: false });
      boxes.push({ id, label: String(node.data('label')), kind: node.data('box') === 'app' ? 'app' : 'namespace', ...toScreen({ x: box.x1, y: box.y1 }), width: box.w * zoom, height: box.h * zoom });
      return;
    }
    const look = painted.nodes.get(id);
    if (look !== undefined) nodes.push({ ...look, ...toScreen(node.position()), id, faded: isFaded(id, marks), chosen: id === marks.chosen, focused: id === marks.focused, pinned: pinned.has(id) });
  });
  const edges = [...painted.edges].flatMap(([id, look]) => {
    const path = paths.of(id);
    return path === undefined ? [] : [{ ...look, id, points: path.points.map(toScreen), faded: isFaded(id, marks), chosen: id === marks.chosen, hovered: id === marks.hovered }];
  });
  return { nodes, edges, boxes };
}

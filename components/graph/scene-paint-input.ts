import type { Core } from 'cytoscape';
import type { PaintedGraph } from './painted-graph.ts';
import type { PaintInput } from './paint-scene.ts';
import { isFaded, type Marks } from './scene-marks.ts';
import type { ScenePaths } from './scene-paths.ts';

/** Where everything painted is on the screen now. */
export function paintInput(cy: Core, painted: PaintedGraph, paths: ScenePaths, marks: Marks, pinned: ReadonlySet<string>): Omit<PaintInput, 'zoom' | 'theme'> {
  const [zoom, pan] = [cy.zoom(), cy.pan()];
  const toScreen = ({ x, y }: { x: number; y: number }): { x: number; y: number } => ({ x: x * zoom + pan.x, y: y * zoom + pan.y });
  const nodes: PaintInput['nodes'][number][] = [];
  const boxes: PaintInput['boxes'][number][] = [];
  cy.nodes().not('.unplaced').forEach((node) => {
    const id = node.id();
    if (node.data('box') !== undefined) {
      if (node.isChildless()) return;
      const box = node.renderedBoundingBox({ includeLabels: false, includeOverlays: false });
      boxes.push({ id, label: String(node.data('label')), kind: node.data('box') === 'app' ? 'app' : 'namespace', x: box.x1, y: box.y1, width: box.w, height: box.h });
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

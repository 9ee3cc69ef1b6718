import type { StylesheetJson } from 'cytoscape';
import type { GraphTheme } from './graph-theme.ts';
import { NODE_SIZE } from './layout-graph.ts';

/** Room of a node's name below it, px at zoom 1: two lines. */
export const NAME_FONT_SIZE = 12;
const FADED = 0.22;

/**
 * How Cytoscape draws bodies and lines. Names, glyphs, badges and edge labels are painted above it (`paint-scene.ts`);
 * its own label is invisible and only takes the room and the clicks of the painted one.
 */
export function cytoscapeStyle(theme: GraphTheme): StylesheetJson {
  // Safe because Cytoscape checks every property itself and warns; its types know no `data(…)` mapping of most properties.
  return blocksOf(theme) as unknown as StylesheetJson;
}

interface Block {
  readonly selector: string;
  readonly style: Readonly<Record<string, string | number | readonly number[]>>;
}

function blocksOf(theme: GraphTheme): Block[] {
  const statusEdges = (['healthy', 'degraded', 'failing', 'idle', 'tcp', 'not-ready'] as const).map((status): Block => {
    const color = status === 'idle' ? theme.edge : theme.status[status];
    return {
      selector: `edge[status = "${status}"]`,
      style: {
        'line-color': color,
        'target-arrow-color': color,
        'line-opacity': status === 'healthy' ? 0.62 : status === 'idle' ? 0.6 : 0.95,
        ...(status === 'failing' ? { 'line-style': 'dashed', 'line-dash-pattern': [9, 4] } : status === 'idle' ? { 'line-style': 'dashed', 'line-dash-pattern': [2, 4] } : {}),
      },
    };
  });
  const statusNodes = (['degraded', 'failing'] as const).map((status): Block => ({ selector: `node[status = "${status}"]`, style: { 'border-color': theme.status[status], 'border-width': 2.5 } }));
  return [
    {
      selector: 'node[shape]',
      style: {
        width: NODE_SIZE,
        height: NODE_SIZE,
        shape: 'data(shape)',
        'corner-radius': '9px',
        'background-color': theme.nodeBg,
        'border-color': theme.nodeBorder,
        'border-width': 1.5,
        'border-style': 'data(line)',
        label: 'data(room)',
        'text-wrap': 'wrap',
        'text-opacity': 0,
        'font-size': NAME_FONT_SIZE,
        'font-family': theme.font,
        'text-valign': 'bottom',
        'text-margin-y': 8,
        'text-events': 'yes',
        'overlay-opacity': 0,
        'underlay-opacity': 0,
      },
    },
    ...statusNodes,
    { selector: 'node[outside > 0]', style: { 'background-color': theme.canvas } },
    {
      selector: 'node[box]',
      style: { shape: 'round-rectangle', 'corner-radius': '8px', 'background-color': theme.boxBg.color, 'background-opacity': theme.boxBg.opacity, 'border-color': theme.boxBorder, 'border-width': 1, padding: '28px', 'compound-sizing-wrt-labels': 'include', 'overlay-opacity': 0 },
    },
    { selector: 'node[box = "app"]', style: { padding: '26px', 'border-style': 'dashed' } },
    {
      selector: 'edge',
      style: {
        width: 'data(width)',
        'curve-style': 'bezier',
        'line-cap': 'butt',
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.85,
        'control-point-step-size': 26,
        'loop-direction': '-45deg',
        'loop-sweep': '60deg',
        'overlay-opacity': 0,
        'underlay-opacity': 0,
      },
    },
    ...statusEdges,
    // Weights, distances and ends are set per edge by the scene.
    { selector: 'edge.routed', style: { 'curve-style': 'round-segments', 'edge-distances': 'endpoints', 'segment-radii': 12, 'source-endpoint': 'data(sourceEndpoint)', 'target-endpoint': 'data(targetEndpoint)', 'segment-weights': 'data(weights)', 'segment-distances': 'data(distances)' } },
    { selector: 'edge.straight', style: { 'curve-style': 'straight', 'source-endpoint': 'data(sourceEndpoint)', 'target-endpoint': 'data(targetEndpoint)' } },
    { selector: '.hovered', style: { 'line-opacity': 1 } },
    { selector: 'node.hovered[shape]', style: { 'border-color': theme.nodeText } },
    { selector: 'node.chosen', style: { 'border-color': theme.selected, 'border-width': 3, 'border-opacity': 1 } },
    { selector: 'node[box].chosen', style: { 'border-width': 2 } },
    { selector: 'edge.chosen', style: { 'line-opacity': 1, 'underlay-color': theme.selected, 'underlay-opacity': 0.28, 'underlay-padding': 5 } },
    { selector: 'node.found', style: { 'underlay-color': theme.selected, 'underlay-opacity': 0.26, 'underlay-padding': 8, 'underlay-shape': 'ellipse' } },
    { selector: 'edge.found', style: { 'line-opacity': 1, 'underlay-color': theme.selected, 'underlay-opacity': 0.24, 'underlay-padding': 5 } },
    { selector: 'node[shape].faded, edge.faded', style: { opacity: FADED } },
    { selector: '.unplaced', style: { visibility: 'hidden' } },
  ];
}

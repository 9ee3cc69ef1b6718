import type { StylesheetJson } from 'cytoscape';
import type { GraphTheme } from '#components/graph/graph-theme.ts';

/** How the tree of calls looks: boxes with three lines of text, and the calls between them. */
export function graphStyle(theme: GraphTheme): StylesheetJson {
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 190,
        height: 46,
        'background-color': theme.nodeBg,
        'border-width': 1.5,
        'border-color': theme.nodeBorder,
        label: 'data(label)',
        color: theme.nodeText,
        'font-family': theme.font,
        'font-size': 10,
        'text-wrap': 'wrap',
        'text-valign': 'center',
        'text-halign': 'center',
        'line-height': 1.25,
        'min-zoomed-font-size': 5,
      },
    },
    { selector: 'node.chosen', style: { 'border-width': 3, 'border-color': theme.selected } },
    { selector: 'edge', style: { width: 1.2, 'line-color': theme.edge, 'curve-style': 'bezier', 'target-arrow-shape': 'triangle', 'target-arrow-color': theme.edge, 'arrow-scale': 0.8, 'source-endpoint': '90deg', 'target-endpoint': '-90deg' } },
    { selector: 'edge.async', style: { 'line-style': 'dashed' } },
  ];
}

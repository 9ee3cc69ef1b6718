'use client';

import { useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Graph, GraphNode } from '#server/graph/core/graph-model.ts';
import { kindName } from './graph-icons.ts';
import type { GraphScene } from './graph-scene.ts';
import { directionOf, nearestNode, readingOrder } from './nearest-node.ts';
import { nodeNote } from './painted-graph.ts';

export interface NodeKeyboardProps {
  readonly graph: Graph;
  readonly sceneRef: RefObject<GraphScene | null>;
  /** Changes when nodes were arranged: the order of reading follows the places. */
  readonly arranged: number;
  readonly chosen: string | undefined;
  readonly onFocusChange: (id: string | undefined) => void;
  readonly onChoose: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly onVisit: (id: string) => void;
}

/**
 * The nodes as buttons that are heard and reached by keys, but not seen: the drawing shows where the focus is. One tab
 * stop; arrows go to the nearest node that way, Home and End to the first and last, Enter chooses, F focuses, O opens.
 */
export function NodeKeyboard({ graph, sceneRef, arranged, chosen, onFocusChange, onChoose, onOpen, onVisit }: NodeKeyboardProps) {
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState<string>();
  const [order, setOrder] = useState<{ readonly arranged: number; readonly ids: readonly string[] }>({ arranged: -1, ids: [] });
  const nodes = useMemo(() => {
    const byId = new Map(graph.nodes.map((node) => [node.id, node]));
    const ordered = order.ids.flatMap((id) => byId.get(id) ?? []);
    const known = new Set(order.ids);
    return [...ordered, ...graph.nodes.filter((node) => !known.has(node.id))];
  }, [graph.nodes, order]);
  const stop = nodes.some((node) => node.id === current) ? current : (nodes.find((node) => node.id === chosen) ?? nodes[0])?.id;

  const go = (id: string | undefined): void => {
    if (id !== undefined) list.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, id: string): void => {
    const places = sceneRef.current?.places() ?? new Map();
    const direction = directionOf(event.key);
    const act = direction !== undefined ? () => go(nearestNode(places, id, direction)) : KEYS[event.key]?.({ id, nodes, go, onChoose, onOpen, onVisit });
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <ul
      ref={list}
      className="sr-only"
      aria-label="Nodes of the graph. Arrows step to the nearest node, Enter shows its details, F focuses on its calls, O opens its page."
      onFocus={() => {
        if (order.arranged !== arranged) setOrder({ arranged, ids: readingOrder(sceneRef.current?.places() ?? new Map()) });
      }}
    >
      {nodes.map((node) => (
        <li key={node.id}>
          <button
            type="button"
            data-node={node.id}
            tabIndex={node.id === stop ? 0 : -1}
            aria-pressed={node.id === chosen}
            onFocus={() => {
              setCurrent(node.id);
              onFocusChange(node.id);
            }}
            onBlur={() => onFocusChange(undefined)}
            onClick={() => onChoose(node.id)}
            onKeyDown={(event) => onKeyDown(event, node.id)}
          >
            {describeNode(node, graph)}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface KeyContext {
  readonly id: string;
  readonly nodes: readonly GraphNode[];
  readonly go: (id: string | undefined) => void;
  readonly onChoose: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly onVisit: (id: string) => void;
}
const KEYS: Readonly<Record<string, (context: KeyContext) => () => void>> = {
  Home: ({ nodes, go }) => () => go(nodes[0]?.id),
  End: ({ nodes, go }) => () => go(nodes.at(-1)?.id),
  Enter: ({ id, onChoose }) => () => onChoose(id),
  ' ': ({ id, onChoose }) => () => onChoose(id),
  Escape: ({ onChoose }) => () => onChoose(undefined),
  f: ({ id, onOpen }) => () => onOpen(id),
  o: ({ id, onVisit }) => () => onVisit(id),
};

function describeNode(node: GraphNode, graph: Graph): string {
  const calls = graph.edges.filter((edge) => edge.source === node.id).length;
  const callers = graph.edges.filter((edge) => edge.target === node.id).length;
  return `${node.label}, ${kindName(node).toLowerCase()}${node.namespace === 'unknown' ? '' : ` in ${node.namespace}`}. ${nodeNote(node)}. ${callers} ${callers === 1 ? 'caller' : 'callers'}, calls ${calls}.`;
}

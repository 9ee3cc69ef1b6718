'use client';

import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useCallback, useMemo } from 'react';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { useServerEvents } from '#components/shell/use-server-events.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import type { ServerEvent } from '#server/http/event-bus.ts';
import type { Graph } from '#server/graph/core/graph-model.ts';
import { hide, matchesOf, neighbourhood, type Matches } from './find-and-hide.ts';
import { parseExpression } from './graph-expression.ts';
import { graphQuery } from './queries.ts';
import { rateWindowSeconds } from './rate-window.ts';
import { graphParsers } from './search-params.ts';

/** The page's state in the URL and how to change it. */
export function useGraphState() {
  return useQueryStates(graphParsers, { history: 'push' });
}
export type GraphState = ReturnType<typeof useGraphState>[0];
export type SetGraphState = ReturnType<typeof useGraphState>[1];

/** The graph that the URL asks for. New configuration asks again at once: badges follow a write without waiting for the clock. */
export function useGraph(state: GraphState): UseQueryResult<Graph> {
  const range = useTimeRange();
  const { selected: namespaces } = useNamespaces();
  const client = useQueryClient();
  useServerEvents(
    useCallback(
      (event: ServerEvent) => {
        if (event.kind === 'config') void client.invalidateQueries({ queryKey: ['graph'] });
      },
      [client],
    ),
  );
  const isAbsolute = range.view.from.kind === 'instant';
  return useQuery(
    graphQuery({
      type: state.type,
      namespaces,
      duration: rateWindowSeconds(state.window, { durationSeconds: range.durationSeconds, isAbsolute }),
      at: range.endSeconds,
      serviceNodes: state.services && state.type !== 'service',
      idleNodes: state.idleNodes,
      idleEdges: state.idleEdges,
    }),
  );
}

export interface ShownGraph {
  /** After focus and hide. */
  readonly graph: Graph;
  /** What the find matches in it; `undefined` when nothing valid is looked for. */
  readonly found: Matches | undefined;
  readonly hiddenCount: number;
}

/** The graph after focus, hide and find. An expression that does not parse changes nothing; its field says why. */
export function useShownGraph(graph: Graph | undefined, { focus, find, hide: hideText }: Pick<GraphState, 'focus' | 'find' | 'hide'>): ShownGraph | undefined {
  return useMemo(() => {
    if (graph === undefined) return undefined;
    const near = focus !== null && graph.nodes.some((node) => node.id === focus) ? neighbourhood(graph, focus, Infinity) : graph;
    const hidden = parseExpression(hideText);
    const shown = hidden.ok && hidden.expression !== undefined ? hide(near, hidden.expression) : near;
    const wanted = parseExpression(find);
    const found = wanted.ok && wanted.expression !== undefined ? matchesOf(shown, wanted.expression) : undefined;
    return { graph: shown, found, hiddenCount: near.nodes.length + near.edges.length - shown.nodes.length - shown.edges.length };
  }, [graph, focus, find, hideText]);
}

import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { Graph, GraphType } from '#server/graph/core/graph-model.ts';

export interface GraphParams {
  readonly type: GraphType;
  readonly namespaces: readonly string[];
  /** Window of the rates, seconds. */
  readonly duration: number;
  /** Unix seconds. */
  readonly at: number;
  readonly serviceNodes: boolean;
  readonly idleNodes: boolean;
  readonly idleEdges: boolean;
}

/** The graph at one moment. The older one stays while the newer loads: a drawing never goes blank by a refresh. */
export function graphQuery(params: GraphParams) {
  return queryOptions({
    queryKey: ['graph', 'get', params] as const,
    queryFn: ({ signal }) => getJson<Graph>('/api/graph', { ...params, namespaces: params.namespaces.join(',') }, signal),
    placeholderData: keepPreviousData,
  });
}

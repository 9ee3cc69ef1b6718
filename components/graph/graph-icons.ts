import type { GraphNode } from '#server/graph/core/graph-model.ts';

/** Strokes on a 24 px square, drawn by the canvas and by `GraphIcon` alike. */
const PATHS = {
  workload: 'M12 3.5 19.5 8v8L12 20.5 4.5 16V8ZM4.5 8l7.5 4.3L19.5 8M12 12.3v8.2',
  app: 'M4.5 4.5h6v6h-6ZM13.5 4.5h6v6h-6ZM4.5 13.5h6v6h-6ZM13.5 13.5h6v6h-6Z',
  service: 'M12 3.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6ZM5.5 16.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6ZM18.5 16.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6ZM12 7.8V12M5.5 16.2V14a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v2.2',
  serviceEntry: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM3.5 12h17M12 3.5c3.4 3.6 3.4 13.4 0 17M12 3.5c-3.4 3.6-3.4 13.4 0 17',
  gateway: 'M13 4h5a1.5 1.5 0 0 1 1.5 1.5v13A1.5 1.5 0 0 1 18 20h-5M4 12h10M10.5 8l4 4-4 4',
  unknown: 'M9 9.2a3.1 3.1 0 1 1 4.3 2.8c-.9.4-1.3 1-1.3 2.2M12 17.8v.05',
  'virtual-service': 'M4 12h5M9 12l5.5-6H20M9 12l5.5 6H20M17.5 3.5 20 6l-2.5 2.5M17.5 15.5 20 18l-2.5 2.5',
  'traffic-split': 'M18.5 5.5l-13 13M7.5 4.8a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4ZM16.5 13.8a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4Z',
  'request-routing': 'M4 5.5h12.5L20 9l-3.5 3.5H4ZM9 12.5V21M9 3v2.5',
  'fault-injection': 'M13.5 3 5.5 13.5h6L10.5 21l8-10.5h-6Z',
  mirroring: 'M9 9h11v11H9ZM5.5 15H4V4h11v1.5',
  timeout: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM12 8v4.3l3 1.8',
  'circuit-breaker': 'M2.5 14H8l8-6.5M16 14h5.5M8 14v.05M16 14v.05',
  'authorization-policy': 'M12 3.2 19 6v6c0 4.4-3 7.4-7 8.8-4-1.4-7-4.4-7-8.8V6ZM9 11.8l2.2 2.2L15.2 10',
  'no-sidecar': 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM6.5 6.5l11 11',
  lock: 'M5.5 11h13v9.5h-13ZM8.5 11V7.7a3.5 3.5 0 0 1 7 0V11',
  unlock: 'M5.5 11h13v9.5h-13ZM8.5 11V7.2a3.5 3.5 0 0 1 6.8-1.1',
  pin: 'M9 3.5h6M10 3.5v6L7 13.5h10l-3-4v-6M12 13.5V21',
} as const;
export type GraphIconName = keyof typeof PATHS;

/** The path of an icon. */
export function iconPath(name: GraphIconName): string {
  return PATHS[name];
}

/** Badges in the order they are shown: what changes traffic most comes first. */
export const BADGES = {
  'no-sidecar': 'No sidecar',
  'fault-injection': 'Faults are injected',
  'traffic-split': 'Traffic is split',
  'circuit-breaker': 'Circuit breaker',
  mirroring: 'Traffic is mirrored',
  'request-routing': 'Routed by header or path',
  timeout: 'Timeout set',
  'virtual-service': 'VirtualService',
  'authorization-policy': 'AuthorizationPolicy',
} as const;
export type BadgeName = keyof typeof BADGES;

/** The badges of a node that are known here, in the order they are shown. */
export function badgesOf(node: Pick<GraphNode, 'badges'>): BadgeName[] {
  return (Object.keys(BADGES) as BadgeName[]).filter((badge) => node.badges.includes(badge));
}

/** The icon of a node: what it is, or that it is a gateway. */
export function nodeIcon(node: Pick<GraphNode, 'kind' | 'isGateway'>): GraphIconName {
  return node.isGateway ? 'gateway' : node.kind;
}

/** What a node is, in words. */
export function kindName(node: Pick<GraphNode, 'kind' | 'isGateway'>): string {
  if (node.isGateway) return 'Gateway';
  return { workload: 'Workload', app: 'App', service: 'Service', serviceEntry: 'Outside service', unknown: 'Unknown' }[node.kind];
}

/** What the server tells open pages over SSE (`GET /api/events`). Pages re-fetch what an event touches. */
export type ServerEvent =
  | { readonly kind: 'scraped'; readonly at: number; readonly up: number; readonly down: number }
  | { readonly kind: 'config'; readonly change: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: { readonly kind: string; readonly namespace?: string; readonly name: string; readonly resourceVersion?: string } }
  | { readonly kind: 'alerts' }
  | { readonly kind: 'proxies' }
  | { readonly kind: 'rollout'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'traces'; readonly received: number };

/** Fan-out of server events to listeners; a listener that throws is dropped and logged by the implementation. */
export interface EventBus {
  publish(event: ServerEvent): void;
  subscribe(listener: (event: ServerEvent) => void): () => void;
}

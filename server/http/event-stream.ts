import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { EventBus } from './event-bus.ts';
import { defineRoute, type Route } from './route.ts';

const HEARTBEAT_MS = 15_000;

/** `GET /api/events`: server-sent events named after `ServerEvent.kind`, with a comment as heartbeat every 15 s. */
export function eventStreamRoute(events: EventBus, clock: Clock): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/events',
    scope: 'view',
    summary: 'Live updates as server-sent events: scraped, config, proxies, rollout, traces.',
    handle: async (request) => {
      const encoder = new TextEncoder();
      let stop = (): void => {};
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          const send = (text: string): void => controller.enqueue(encoder.encode(text));
          // The first bytes carry the headers to the client at once.
          send('retry: 2000\n: connected\n\n');
          const unsubscribe = events.subscribe((event) => {
            // A reader that does not keep up is cut off; the browser reconnects and re-reads.
            if ((controller.desiredSize ?? 1) < -1000) {
              stop();
              controller.close();
              return;
            }
            send(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
          });
          const cancelHeartbeat = clock.every(HEARTBEAT_MS, () => send(': heartbeat\n\n'));
          stop = () => {
            unsubscribe();
            cancelHeartbeat();
          };
          request.signal.addEventListener('abort', () => stop(), { once: true });
        },
        cancel() {
          stop();
        },
      });
      return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' } });
    },
  });
}

import { Agent, request } from 'node:http';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Random } from '#mesh-core/runtime/random.ts';

/** What customers do, and how often relative to each other. */
export const ROUTE_MIX: readonly { readonly method: string; readonly path: string; readonly weight: number }[] = [
  { method: 'GET', path: '/', weight: 1 },
  { method: 'GET', path: '/api/products', weight: 8 },
  { method: 'GET', path: '/api/products/sextant', weight: 4 },
  { method: 'GET', path: '/api/cart', weight: 2 },
  { method: 'POST', path: '/api/cart/items', weight: 2 },
  { method: 'POST', path: '/api/checkout', weight: 3 },
  { method: 'GET', path: '/api/claims', weight: 2 },
];
const MAX_IN_FLIGHT = 500;

/** Picks a route of the mix for a random number in [0, 1). */
export function pickRoute(random: number): (typeof ROUTE_MIX)[number] {
  const total = ROUTE_MIX.reduce((sum, r) => sum + r.weight, 0);
  let left = random * total;
  for (const route of ROUTE_MIX) {
    left -= route.weight;
    if (left < 0) return route;
  }
  // Only reached by rounding at the upper end; the mix is never empty.
  return ROUTE_MIX[ROUTE_MIX.length - 1] ?? { method: 'GET', path: '/', weight: 1 };
}

/**
 * Open-loop load: requests start on schedule whether or not earlier ones were answered, as real customers do. Past 500
 * unanswered requests new ones are counted as dropped instead of sent.
 */
export function startLoad({ url, ratePerSecond, clock, random }: { url: string; ratePerSecond: number; clock: Clock; random: Random }): { counts: () => { sent: number; failed: number; dropped: number }; stop: () => void } {
  const target = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const counts = { sent: 0, failed: 0, dropped: 0 };
  let inFlight = 0;
  let due = clock.now();
  const send = (): void => {
    if (inFlight >= MAX_IN_FLIGHT) {
      counts.dropped++;
      return;
    }
    const route = pickRoute(random());
    inFlight++;
    counts.sent++;
    const outgoing = request({ host: target.hostname, port: target.port, method: route.method, path: route.path, agent, headers: { 'user-agent': 'binnacle-load', host: 'shop.example.com', 'content-length': '0' }, timeout: 30_000 }, (response) => {
      if ((response.statusCode ?? 500) >= 500) counts.failed++;
      response.resume();
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => counts.failed++);
    outgoing.on('close', () => inFlight--);
    outgoing.end();
  };
  const stopTicking = clock.every(20, () => {
    const now = clock.now();
    // After a pause of the machine the missed requests are not made up for in one burst.
    if (now - due > 1000) due = now - 1000;
    while (due <= now) {
      send();
      due += 1000 / ratePerSecond;
    }
  });
  return {
    counts: () => ({ ...counts }),
    stop: () => {
      stopTicking();
      agent.destroy();
    },
  };
}

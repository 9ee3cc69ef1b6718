import type { ServerEvent } from '#server/http/event-bus.ts';

export type ServerEventKind = ServerEvent['kind'];

/** What each server event makes out of date: prefixes of query keys. Metrics move with the clock instead (`TimeProvider`). */
export const EVENT_KEYS: Readonly<Record<ServerEventKind, readonly (readonly string[])[]>> = {
  scraped: [['targets']],
  config: [['config'], ['history'], ['search'], ['namespaces'], ['services'], ['workloads'], ['rollouts'], ['overview'], ['alerts']],
  alerts: [['alerts'], ['overview']],
  proxies: [['proxies'], ['workloads'], ['certificates']],
  rollout: [['rollouts']],
  traces: [['traces', 'search']],
};

/** Reads one SSE message; `undefined` when it is not a server event (an older page meets a newer server). */
export function readServerEvent(data: string): ServerEvent | undefined {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== 'object' || value === null || !('kind' in value) || typeof value.kind !== 'string' || !Object.hasOwn(EVENT_KEYS, value.kind)) return undefined;
    // Safe because the server serialises exactly ServerEvent and the kind was just checked.
    return value as ServerEvent;
  } catch {
    return undefined;
  }
}

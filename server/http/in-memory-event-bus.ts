import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { EventBus, ServerEvent } from './event-bus.ts';

/** Events of this process only; a listener that throws is dropped and logged. */
export function createEventBus(log: Logger): EventBus {
  const listeners = new Set<(event: ServerEvent) => void>();
  return {
    publish(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          listeners.delete(listener);
          log.error({ error: String(error), event: event.kind }, 'event listener failed and was dropped');
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

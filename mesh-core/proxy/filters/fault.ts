import { applyFault, FAULT_ABORT_BODY } from '#mesh-core/domain/decide/fault.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { localReply } from '../http/exchange.ts';
import type { Filter } from '../http/exchange.ts';

/** Injects the route's fault: first the delay (flag DI), then the abort (flag FI). Source: Envoy's HTTP fault filter. */
export function createFaultFilter(clock: Clock, random: Random): Filter {
  return (next) => (exchange, respond) => {
    const outcome = exchange.outcome;
    const fault = outcome === undefined || outcome.kind === 'none' ? undefined : outcome.fault;
    if (fault === undefined) {
      next(exchange, respond);
      return;
    }
    const { delayMs, abortStatus, abortGrpcStatus } = applyFault(fault, random);
    const proceed = (): void => {
      if (abortStatus === undefined) next(exchange, respond);
      else localReply(exchange, respond, { status: abortStatus, grpcStatus: abortGrpcStatus, body: FAULT_ABORT_BODY, details: 'fault_filter_abort', flag: 'FI' });
    };
    if (delayMs <= 0) {
      proceed();
      return;
    }
    exchange.flag('DI');
    const cancel = clock.after(delayMs, proceed);
    exchange.onAbort(cancel);
  };
}

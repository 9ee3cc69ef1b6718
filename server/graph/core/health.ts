import type { Health, HealthStatus, ProtocolRates } from './graph-model.ts';

/**
 * Kiali's default tolerances (its server configuration, `health_config.rate`): the percentage of a protocol's requests
 * with a matching code from which the state is degraded or failing. Any 5xx at all is degraded.
 */
const TOLERANCES: readonly { readonly protocols: readonly string[]; readonly code: RegExp; readonly label: string; readonly degraded: number; readonly failing: number }[] = [
  { protocols: ['http'], code: /^5\d\d$/, label: '5xx', degraded: 0, failing: 10 },
  { protocols: ['http'], code: /^4\d\d$/, label: '4xx', degraded: 10, failing: 20 },
  { protocols: ['grpc'], code: /^([1-9]|1[0-6])$/, label: 'gRPC errors', degraded: 0, failing: 10 },
  { protocols: ['http', 'grpc'], code: /^-$/, label: 'no response', degraded: 0, failing: 10 },
];

const RANK: Readonly<Record<HealthStatus, number>> = { failing: 5, degraded: 4, 'not-ready': 3, healthy: 2, idle: 1, unknown: 0 };

/** The worst of several; unknown when there is none. The first of equals keeps its reason. */
export function worstHealth(list: readonly Health[]): Health {
  return list.reduce<Health>((worst, h) => (RANK[h.status] > RANK[worst.status] ? h : worst), { status: 'unknown', reason: 'No data.' });
}

/** Health of traffic by the tolerances; idle when there is none. TCP carries no codes, so traffic is all it takes. */
export function trafficHealth(rates: readonly ProtocolRates[]): Health {
  const active = rates.filter((r) => r.rate > 0);
  if (active.length === 0) return { status: 'idle', reason: 'No traffic in this window.' };
  return worstHealth(active.map(protocolHealth));
}

function protocolHealth(rates: ProtocolRates): Health {
  const verdicts = TOLERANCES.filter((t) => t.protocols.includes(rates.protocol)).map((tolerance): Health => {
    const matching = Object.entries(rates.codes).reduce((sum, [code, rate]) => sum + (tolerance.code.test(code) ? rate : 0), 0);
    const percent = (100 * matching) / rates.rate;
    const status = percent <= 0 ? 'healthy' : percent >= tolerance.failing ? 'failing' : percent >= tolerance.degraded ? 'degraded' : 'healthy';
    const share = percent < 0.1 && percent > 0 ? '< 0.1' : percent.toFixed(1);
    return { status, reason: `${share} % of ${rates.protocol === 'grpc' ? 'gRPC' : 'HTTP'} requests: ${tolerance.label} (degraded above ${tolerance.degraded} %, failing from ${tolerance.failing} %).` };
  });
  const worst = worstHealth(verdicts);
  return worst.status === 'healthy' || verdicts.length === 0 ? { status: 'healthy', reason: 'Error shares are within tolerance.' } : worst;
}

/** Readiness of a workload from its registered instances. */
export function readinessHealth(instances: number, ready: number): Health {
  if (instances === 0) return { status: 'unknown', reason: 'No instance is registered.' };
  if (ready === 0) return { status: 'failing', reason: `None of ${instances} registered instances is healthy.` };
  if (ready < instances) return { status: 'degraded', reason: `${ready} of ${instances} registered instances are healthy.` };
  return { status: 'healthy', reason: `${ready} of ${instances} registered instances are healthy.` };
}

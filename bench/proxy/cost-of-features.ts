import type { TestAuthority } from '#mesh-core/proxy/testing/test-authority.ts';
import { cpuSeconds, median } from '../metrics/process-usage.ts';
import { wrk } from './load.ts';
import { startOurPair } from './our-pair.ts';
import type { PairFeatures } from './our-pair.ts';

const BARE: PairFeatures = { name: 'bare (counts and metadata exchange are always on)', mutualTls: false, sampling: 0, authorizationRules: 0, routes: 0, accessLog: false };
const VARIANTS: readonly PairFeatures[] = [
  BARE,
  { ...BARE, name: 'mutual TLS', mutualTls: true },
  { ...BARE, name: 'tracing, 1 % sampled', sampling: 0.01 },
  { ...BARE, name: 'tracing, all sampled', sampling: 1 },
  { ...BARE, name: 'authorization, 20 rules (with mutual TLS)', mutualTls: true, authorizationRules: 20 },
  { ...BARE, name: 'routing, 50 routes before the one', routes: 50 },
  { ...BARE, name: 'access log, written', accessLog: true },
];
const ROUNDS = 3;
const WARM_UP_SECONDS = 6;

export interface FeatureCost {
  readonly name: string;
  /** CPU time of both proxies for one request, in microseconds: says more than a rate on a machine that others use. */
  readonly cpuMicroseconds: number;
  /** Beyond the bare pair. */
  readonly more: number;
}

/** What each feature costs, switched on alone. */
export async function costOfFeatures(authority: TestAuthority, originPort: number, seconds: number): Promise<FeatureCost[]> {
  const costs: FeatureCost[] = [];
  for (const variant of VARIANTS) {
    const pair = await startOurPair(authority, originPort, variant);
    const samples: number[] = [];
    try {
      await wrk(pair.port, WARM_UP_SECONDS);
      for (let round = 0; round < ROUNDS; round++) {
        const before = pair.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
        const { requestsPerSecond, errors } = await wrk(pair.port, seconds);
        if (errors > 0) throw new Error(`${variant.name}: ${errors} requests failed`);
        samples.push(((pair.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) - before) / (requestsPerSecond * seconds)) * 1e6);
      }
    } finally {
      await pair.stop();
    }
    const cpuMicroseconds = median(samples);
    costs.push({ name: variant.name, cpuMicroseconds, more: cpuMicroseconds - (costs[0]?.cpuMicroseconds ?? cpuMicroseconds) });
  }
  return costs;
}

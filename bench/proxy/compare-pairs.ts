import { cpuSeconds, median } from '../metrics/process-usage.ts';
import { paced, wrk } from './load.ts';
import type { Pair } from './peers.ts';

export interface PairFigures {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Of the first pair's rate in the same round: the median of the rounds. */
  readonly ratio: number;
  /** CPU time of both proxies for one request. */
  readonly cpuMicroseconds: number;
  /** At 1,000 requests/s. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** An engine that compiles while it runs needs some time until it is as fast as it gets. */
const WARM_UP_SECONDS = 10;
const PACED_ROUNDS = 3;
const PACED_SECONDS = 4;

/** Measures pairs in turns, so that what else runs on the machine meets all of them alike. */
export async function comparePairs(pairs: readonly Pair[], rounds: number, seconds: number): Promise<PairFigures[]> {
  const rates = new Map<Pair, number[]>(pairs.map((pair) => [pair, []]));
  const cpu = new Map<Pair, number[]>(pairs.map((pair) => [pair, []]));
  const latencies = new Map<Pair, { readonly p50Ms: number; readonly p99Ms: number }[]>(pairs.map((pair) => [pair, []]));
  for (const pair of pairs) await wrk(pair.port, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round++) {
    for (const pair of pairs) {
      const before = usedBy(pair);
      const { requestsPerSecond, errors } = await wrk(pair.port, seconds);
      if (errors > 0) throw new Error(`${pair.name}: ${errors} requests failed`);
      rates.get(pair)?.push(requestsPerSecond);
      cpu.get(pair)?.push(((usedBy(pair) - before) / (requestsPerSecond * seconds)) * 1e6);
    }
  }
  for (let round = 0; round < PACED_ROUNDS; round++) for (const pair of pairs) latencies.get(pair)?.push(await paced(pair.port, PACED_SECONDS));
  const [first] = pairs;
  const reference = (first === undefined ? undefined : rates.get(first)) ?? [];
  return pairs.map((pair) => {
    const own = rates.get(pair) ?? [];
    const times = latencies.get(pair) ?? [];
    return {
      name: pair.name,
      requestsPerSecond: median(own),
      ratio: median(own.map((rate, round) => rate / (reference[round] ?? NaN))),
      cpuMicroseconds: median(cpu.get(pair) ?? []),
      p50Ms: median(times.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(times.map(({ p99Ms }) => p99Ms)),
    };
  });
}

function usedBy(pair: Pair): number {
  return pair.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

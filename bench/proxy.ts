import { cpus } from 'node:os';
import { createTestAuthority } from '#mesh-core/proxy/testing/test-authority.ts';
import { median } from './metrics/process-usage.ts';
import { formatTable } from './metrics/table.ts';
import { paced, wrk } from './proxy/load.ts';
import { startOurPair } from './proxy/our-pair.ts';
import { startHaproxyPair, startNginxPair, startOrigin } from './proxy/peers.ts';
import type { Pair } from './proxy/peers.ts';

/** The pair of proxies beside pairs of nginx and HAProxy: `npm run bench -- proxy [ROUNDS] [SECONDS]`. */
const [rounds = 5, seconds = 4] = process.argv.slice(2).map(Number);
console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}\n`);
const authority = await createTestAuthority();
const origin = await startOrigin();
const pairs: Pair[] = [await startNginxPair(authority, origin.port), await startOurPair(authority, origin.port)];
const haproxy = await startHaproxyPair(authority, origin.port);
if (haproxy === undefined) console.log('HAProxy is not installed: left out');
else pairs.push(haproxy);
const figures = new Map<Pair, { rates: number[]; ratios: number[]; p99s: number[] }>(pairs.map((pair) => [pair, { rates: [], ratios: [], p99s: [] }]));
for (const pair of pairs) await wrk(pair.port, 2);
for (let round = 0; round < rounds; round++) {
  let reference = 0;
  for (const pair of pairs) {
    const { requestsPerSecond, errors } = await wrk(pair.port, seconds);
    if (errors > 0) throw new Error(`${pair.name}: ${errors} requests failed`);
    if (reference === 0) reference = requestsPerSecond;
    figures.get(pair)?.rates.push(requestsPerSecond);
    figures.get(pair)?.ratios.push(requestsPerSecond / reference);
  }
}
for (let round = 0; round < 3; round++) for (const pair of pairs) figures.get(pair)?.p99s.push((await paced(pair.port, 4)).p99Ms);
console.log('Pairs with mutual TLS between them; small GETs, 32 connections; medians');
console.log(formatTable(['pair', 'requests/s', 'of nginx', 'p99 ms at 1,000/s'], pairs.map((pair) => { const f = figures.get(pair); return [pair.name, median(f?.rates ?? []), median(f?.ratios ?? []), median(f?.p99s ?? [])]; })));
for (const pair of pairs) await pair.stop();
await origin.stop();

import { cpus } from 'node:os';
import { createTestAuthority } from '#mesh-core/proxy/testing/test-authority.ts';
import { formatTable } from './metrics/table.ts';
import { installed } from './proxy/children.ts';
import { comparePairs } from './proxy/compare-pairs.ts';
import { costOfFeatures } from './proxy/cost-of-features.ts';
import { holdIdle } from './proxy/idle-connections.ts';
import type { IdleFigures } from './proxy/idle-connections.ts';
import { startOurPair } from './proxy/our-pair.ts';
import { startHaproxyPair, startNginxPair, startOrigin } from './proxy/peers.ts';
import type { Pair } from './proxy/peers.ts';

/**
 * A caller's and a server's proxy with mutual TLS between them, beside pairs of nginx and HAProxy before the same origin:
 * `npm run bench proxy`, or `node bench/proxy.ts [ROUNDS] [SECONDS]`. Ours has metrics, metadata exchange, tracing of 1 %, authorization and routing on;
 * the others only pass requests on. One worker or thread each.
 */
const [rounds = 5, seconds = 4] = process.argv.slice(2).map(Number);
const missing = ['wrk', 'nginx', 'haproxy'].filter((name) => installed(name) === undefined);
if (missing.length > 0) console.log(`Not installed: ${missing.join(', ')} (apt-get install ${missing.join(' ')})`);
if (missing.includes('wrk') || missing.includes('nginx')) process.exit(1);
console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}\n`);

const authority = await createTestAuthority();
const origin = await startOrigin();
const pairs: Pair[] = [];
try {
  pairs.push(await startNginxPair(authority, origin.port));
  const ours = await startOurPair(authority, origin.port);
  pairs.push(ours);
  const haproxy = await startHaproxyPair(authority, origin.port);
  if (haproxy !== undefined) pairs.push(haproxy);
  const figures = await comparePairs(pairs, rounds, seconds);
  console.log(`Small GETs over 32 connections, medians of ${rounds} rounds in turns; latency at 1,000 requests/s from when each was due`);
  console.log(formatTable(['pair', 'requests/s', 'of nginx', 'CPU µs per request', 'p50 ms', 'p99 ms'], figures.map((one) => [one.name, one.requestsPerSecond, one.ratio, one.cpuMicroseconds, one.p50Ms, one.p99Ms])));

  const idle: { readonly pair: Pair; readonly held: IdleFigures }[] = [];
  for (const pair of pairs) idle.push({ pair, held: await holdIdle(pair, 1000) });
  idle.push({ pair: ours, held: await holdIdle(ours, 10_000) });
  console.log("Idle connections of clients, after one request each: memory of the caller's proxy, and a request while they are held");
  console.log(formatTable(['pair', 'connections', 'KiB per 1,000', 'answer ms'], idle.map(({ pair, held }) => [pair.name, held.connections, held.kilobytesPerThousand, held.answerMs])));
} finally {
  for (const pair of pairs) await pair.stop();
}
try {
  const costs = await costOfFeatures(authority, origin.port, seconds);
  console.log('What each feature costs, switched on alone: CPU time of both proxies per request');
  console.log(formatTable(['feature', 'µs', 'more'], costs.map((one) => [one.name, one.cpuMicroseconds, one.more])));
} finally {
  await origin.stop();
}

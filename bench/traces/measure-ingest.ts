import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cpuSeconds, residentBytes } from '../metrics/process-usage.ts';
import { encodeRequest } from './encode-request.ts';
import { createSpanStream } from './spans.ts';
import type { TraceStoreStats } from '#server/traces/store/open-trace-store.ts';

export interface IngestFigures {
  readonly spans: number;
  readonly seconds: number;
  readonly spansPerSecond: number;
  /** Of the whole process, all threads. */
  readonly cpuMicrosecondsPerSpan: number;
  readonly rawBytesPerSpan: number;
  readonly sentBytesPerSpan: number;
  /** When everything is in blocks. */
  readonly diskBytesPerSpan: number;
  readonly peakMegabytes: number;
  /** Requests that were asked to come back, and did. */
  readonly refusals: number;
}

/** Of one request, as a collector batches. */
const BATCH_SPANS = 1_000;
const CONNECTIONS = 4;

/** Sends spans as fast as they are taken, gzip protobuf over HTTP, to a process that does nothing else. Spans are made before. */
export async function measureIngest(spans: number): Promise<IngestFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-traces-'));
  const bodies: Buffer[] = [];
  let [raw, sent, count] = [0, 0, 0];
  const next = createSpanStream({ seed: 7, startUnixNano: BigInt(Date.now()) * 1_000_000n, tracesPerSecond: 2_000 });
  while (count < spans) {
    const batch = [];
    while (batch.length < BATCH_SPANS) batch.push(...next());
    const body = encodeRequest(batch);
    const packed = gzipSync(body, { level: 4 });
    bodies.push(packed);
    count += batch.length;
    raw += body.length;
    sent += packed.length;
  }
  const child = fork(join(import.meta.dirname, 'receiving-process.ts'), [directory], { stdio: 'inherit' });
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const pid = child.pid ?? 0;
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, residentBytes(pid))), 200);
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const cpuBefore = cpuSeconds(pid);
    const started = performance.now();
    let refusals = 0;
    let at = 0;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let body = bodies[at++]; body !== undefined; body = bodies[at++]) {
          while (!(await post(agent, port, body))) {
            refusals++;
            await new Promise((again) => setTimeout(again, 100));
          }
        }
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    const cpu = cpuSeconds(pid) - cpuBefore;
    clearInterval(watch);
    agent.destroy();
    child.send('flush');
    const [{ stats }] = (await once(child, 'message')) as [{ stats: TraceStoreStats }];
    if (stats.spans !== count) throw new Error(`${count} spans were sent, ${stats.spans} are stored`);
    return { spans: count, seconds, spansPerSecond: count / seconds, cpuMicrosecondsPerSpan: (cpu / count) * 1e6, rawBytesPerSpan: raw / count, sentBytesPerSpan: sent / count, diskBytesPerSpan: stats.bytes / stats.spans, peakMegabytes: peak / 1e6, refusals };
  } finally {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
    rmSync(directory, { recursive: true, force: true });
  }
}

/** False when the receiver asked to come back. */
function post(agent: Agent, port: number, body: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sending = request({ agent, host: '127.0.0.1', port, method: 'POST', path: '/v1/traces', headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip', 'content-length': body.length } }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve(true);
        else if (response.statusCode === 503 || response.statusCode === 429) resolve(false);
        else reject(new Error(`the receiver answered ${response.statusCode}`));
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { measurePage, type PageFigures } from './traces/measure-page.ts';
import { sendTrace } from './traces/send-trace.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { formatTable } from './metrics/table.ts';

/**
 * What a reader waits for on the page of a large trace: `npm run bench -- traces-browser`. The console as it is shipped
 * (its pages are built first when they are not), a headless Chromium, and one trace of each shape with eleven attributes a
 * span: `node bench/traces-browser.ts [spans]`, 100,000 unless told. BINNACLE_BROWSER names another browser.
 */
const SPANS = Number(process.argv[2] ?? 100_000);
const SHAPES = ['8-ary', 'wide', 'deep'] as const;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const directory = mkdtempSync(join(tmpdir(), 'bench-trace-page-'));
const anyPort = ['--console-port', '--otlp-port', '--otlp-grpc-port', '--zipkin-port', '--jaeger-grpc-port', '--kube-port', '--xds-port', '--monitoring-port', '--gateway-port'].flatMap((flag) => [flag, '0']);
const system = spawn(process.execPath, ['scripts/start.mjs', '--data-dir', directory, ...anyPort, '--parts', 'control,server,pages', '--no-restart'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
let said = '';
system.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
const ended = new Promise((resolve) => system.on('exit', resolve));
try {
  await waitUntil('the console', () => {
    if (system.exitCode !== null) throw new Error(said);
    return said.includes('/api/sign-in?token=');
  }, 400_000);
  const { console: url, otlp } = JSON.parse(readFileSync(join(directory, 'run', 'endpoints.json'), 'utf8')) as { readonly console: string; readonly otlp: string };
  const token = readFileSync(join(directory, 'server', 'admin-token'), 'utf8').trim();
  const executablePath = process.env['BINNACLE_BROWSER'];
  const browser = await chromium.launch({ args: ['--no-sandbox'], ...(executablePath === undefined || executablePath === '' ? {} : { executablePath }) });
  try {
    const figures: [string, PageFigures][] = [];
    for (const [index, shape] of SHAPES.entries()) {
      const traceId = String(index + 1).padStart(32, '0');
      await sendTrace(otlp, shape, SPANS, { traceId, nowMs: Date.now() });
      await waitUntil('the trace', async () => (await fetch(`${url}/api/traces/${traceId}/columns`, { headers: { authorization: `Bearer ${token}` } })).ok, 60_000);
      const link = (await (await fetch(`${url}/api/sign-in-links`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' })).json()) as { readonly url: string };
      figures.push([shape, await measurePage(browser, { signInUrl: link.url, traceUrl: `${url}/traces/${traceId}` })]);
    }
    console.log(`${availableParallelism()} cores, Node ${process.version}, Chromium ${browser.version()}, window of 1280 × 800; ${SPANS.toLocaleString('en')} spans, eleven attributes each\n`);
    console.log(formatTable(['trace', 'download (ms)', 'arrived to painted (ms)', 'CPU to load (ms)', 'frame p50 (ms)', 'frame p95 (ms)', 'longest frame (ms)', 'CPU of a frame (ms)', 'find (ms)', 'collapse all (ms)'], figures.map(([shape, f]) => [shape, f.downloadMs, f.paintMs, f.loadCpuMs, f.frameP50Ms, f.frameP95Ms, f.frameMaxMs, f.frameCpuMs, f.findMs, f.collapseMs])));
  } finally {
    await browser.close();
  }
} finally {
  system.kill('SIGINT');
  await ended;
  rmSync(directory, { recursive: true, force: true });
}

import { fork } from 'node:child_process';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { ExpositionPage } from './exposition-page.ts';
import { cpuSeconds, residentBytes } from './process-usage.ts';
import { bucketSeries, requestSeries } from './series.ts';
import { startBinnacle, startPrometheus, until, type MeasuredSystem } from './systems.ts';

export interface IngestSide {
  /** Samples taken in per second of CPU time of the whole process, beyond what it uses idle: HTTP, parsing, storing, log. */
  readonly samplesPerCpuSecond: number;
  /** Growth of the resident memory since the empty process, per active series. */
  readonly bytesPerSeries: number;
}
export interface IngestFigures {
  readonly series: number;
  readonly pageMegabytes: number;
  readonly ours: IngestSide;
  readonly theirs: IngestSide | undefined;
}

/** Scrapes before the measurement: series are made and caches filled. */
const WARM_SCRAPES = 5;
const MEASURED_SCRAPES = 30;
const SETTLE_MS = 3000;
const IDLE_MS = 8000;

/** Lets both systems scrape a page of so many series at the same time for a while. */
export async function measureIngest(series: number): Promise<IngestFigures> {
  const [port = 0] = await freePorts(1);
  const scrapeSeconds = series >= 50_000 ? 5 : 1;
  const half = Math.floor(series / 2);
  const pageMegabytes = new ExpositionPage([...requestSeries(half), ...bucketSeries(series - half)]).size / 1e6;
  const empty = new Map<string, IdleUse>();
  const target = fork(new URL('exposition-target.ts', import.meta.url), [String(port), String(series)]);
  const systems: MeasuredSystem[] = [];
  try {
    await new Promise((resolve) => target.once('message', resolve));
    for (const start of [startBinnacle, startPrometheus]) {
      const idle = await start({});
      if (idle === undefined) continue;
      empty.set(idle.name, await idleUse(idle));
      await idle.stop();
      const system = await start({ targetPort: port, scrapeSeconds });
      if (system !== undefined) systems.push(system);
    }
    const sides = await Promise.all(systems.map((system) => measureSide(system, port, series, empty.get(system.name) ?? { bytes: 0, cpuPerSecond: 0 }, scrapeSeconds)));
    const [ours, theirs] = sides;
    if (ours === undefined) throw new Error('nothing was measured');
    return { series, pageMegabytes, ours, theirs };
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
    target.kill();
  }
}

interface IdleUse {
  readonly bytes: number;
  /** CPU seconds a second. */
  readonly cpuPerSecond: number;
}

async function idleUse({ pid }: MeasuredSystem): Promise<IdleUse> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = cpuSeconds(pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  return { bytes: residentBytes(pid), cpuPerSecond: ((cpuSeconds(pid) - before) / IDLE_MS) * 1000 };
}

async function measureSide(system: MeasuredSystem, port: number, series: number, idle: IdleUse, scrapeSeconds: number): Promise<IngestSide> {
  const limit = (WARM_SCRAPES + MEASURED_SCRAPES) * scrapeSeconds * 3000 + 60_000;
  const scrapes = async (): Promise<number> => scrapesOf(await (await fetch(`http://127.0.0.1:${port}/counts`)).json(), `/${system.name}`);
  await until(async () => (await scrapes()) >= WARM_SCRAPES, limit);
  const startScrapes = await scrapes();
  const startCpu = cpuSeconds(system.pid);
  const started = performance.now();
  await until(async () => (await scrapes()) >= startScrapes + MEASURED_SCRAPES, limit);
  const taken = ((await scrapes()) - startScrapes) * series;
  const cpu = cpuSeconds(system.pid) - startCpu - (idle.cpuPerSecond * (performance.now() - started)) / 1000;
  const held = await system.query('/query', { query: 'count({job="bench",__name__=~"istio_.*"})' });
  if (!held.includes(`"${series}"`)) throw new Error(`${system.name} holds other series than the ${series} of the page: ${held.slice(0, 200)}`);
  return { samplesPerCpuSecond: taken / cpu, bytesPerSeries: (residentBytes(system.pid) - idle.bytes) / series };
}

function scrapesOf(counts: unknown, path: string): number {
  return typeof counts === 'object' && counts !== null && path in counts ? Number(Reflect.get(counts, path)) : 0;
}

import { loadHistory } from './load-history.ts';
import { bucketSeries, requestSeries } from './series.ts';
import { startBinnacle, startPrometheus, until, type MeasuredSystem } from './systems.ts';

interface DiskSide {
  readonly count: number;
  readonly bytes: number;
  readonly samples: number;
}
export interface DiskFigures {
  readonly series: number;
  readonly hours: number;
  readonly ours: DiskSide;
  readonly theirs: DiskSide | undefined;
}

const SERIES = 1000;
const HOURS = 9;
const STEP_MS = 15_000;
/** Two-hour blocks are written once the head spans three hours: nine hours give three of them, and one merged out of three. */
const EXPECTED_SAMPLES = SERIES * 4 * (3_600_000 / STEP_MS);
const LIMIT_MS = 240_000;

/** Stores nine hours of history and waits until both systems wrote most of it into blocks. */
export async function measureDisk(): Promise<DiskFigures> {
  const to = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const ours = await startBinnacle({});
  const theirs = await startPrometheus({});
  const systems = theirs === undefined ? [ours] : [ours, theirs];
  try {
    await loadHistory({ series: [...requestSeries(SERIES / 2), ...bucketSeries(SERIES / 2)], from: to - HOURS * 3_600_000, to, stepMs: STEP_MS }, systems);
    const sides = await Promise.all(systems.map(settledBlocks));
    const [mine, peer] = sides;
    if (mine === undefined) throw new Error('nothing was measured');
    return { series: SERIES, hours: HOURS, ours: mine, theirs: peer };
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}

/** The blocks once they hold enough and nothing changed for a while. */
async function settledBlocks(system: MeasuredSystem): Promise<DiskSide> {
  let last = '';
  let since = Date.now();
  await until(async () => {
    const now = JSON.stringify(system.blocks());
    if (now !== last) {
      last = now;
      since = Date.now();
    }
    return (system.blocks()?.samples ?? 0) >= EXPECTED_SAMPLES && Date.now() - since > 20_000;
  }, LIMIT_MS);
  const found = system.blocks();
  if (found === undefined) throw new Error(`${system.name} wrote no block`);
  return found;
}

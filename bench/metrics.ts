import { cpus } from 'node:os';
import { measureDisk } from './metrics/measure-disk.ts';
import { measureIngest, type IngestFigures } from './metrics/measure-ingest.ts';
import { measureQueries, type QueryFigures } from './metrics/measure-queries.ts';
import { formatTable } from './metrics/table.ts';

/**
 * The metrics engine beside Debian's Prometheus (when it is installed) on the same data in the same run:
 * `npm run bench metrics [SIZE,SIZE…]`. Sizes are numbers of series; 1,000, 10,000 and 100,000 when none are named.
 */
const sizes = (process.argv[2] ?? '1000,10000,100000').split(',').map(Number);
console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}\n`);

const ingest: IngestFigures[] = [];
for (const size of sizes) ingest.push(await measureIngest(size));
console.log('Ingest: both scrape the same page at the same time; CPU time of the whole process, less what it uses idle');
console.log(formatTable(['series', 'page MB', 'samples/s per core', 'Prometheus', 'ratio', 'bytes of memory per series', 'Prometheus', 'ratio'], ingest.map((one) => [one.series, one.pageMegabytes, one.ours.samplesPerCpuSecond, one.theirs?.samplesPerCpuSecond, ratio(one.ours.samplesPerCpuSecond, one.theirs?.samplesPerCpuSecond), one.ours.bytesPerSeries, one.theirs?.bytesPerSeries, ratio(one.ours.bytesPerSeries, one.theirs?.bytesPerSeries)])));

const queries: QueryFigures[] = [];
for (const size of sizes) queries.push(...(await measureQueries(size)));
console.log('Queries over HTTP, answers read to the end: median of the runs, one system after the other in turns, milliseconds');
console.log(formatTable(['series', 'query', 'Binnacle', 'Prometheus', 'ratio'], queries.map((one) => [one.series, one.query, one.ours, one.theirs, ratio(one.ours, one.theirs)])));

const disk = await measureDisk();
console.log(`Disk: ${disk.series} series every 15 s for ${disk.hours} h, after blocks were written`);
console.log(formatTable(['', 'blocks', 'samples in them', 'bytes per sample'], [['Binnacle', disk.ours.count, disk.ours.samples, disk.ours.bytes / disk.ours.samples], ...(disk.theirs === undefined ? [] : [['Prometheus', disk.theirs.count, disk.theirs.samples, disk.theirs.bytes / disk.theirs.samples]])]));

function ratio(ours: number, theirs: number | undefined): number | undefined {
  return theirs === undefined ? undefined : ours / theirs;
}

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { until } from '#server/testing/running-console.ts';

/** One series with samples in time order, Unix ms. */
export interface TestSeries {
  readonly labels: Labels;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/** Whether a program of this name can be started here. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** A Prometheus server as a process of its own, in a directory that goes with it. Unless `config` says so it scrapes nothing; samples are written to it. */
export class RunningPrometheus {
  readonly url: string;
  readonly #end: () => Promise<void>;

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url;
    this.#end = end;
  }

  static async start(options: readonly string[] = [], config: (ownPort: number) => string = () => ''): Promise<RunningPrometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'binnacle-prometheus-'));
    const [port = 0] = await freePorts(1);
    writeFileSync(join(directory, 'prometheus.yml'), config(port));
    const args = [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`, '--storage.tsdb.retention.time=100y', `--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver', ...options];
    const child = spawn('prometheus', args, { stdio: 'ignore' });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const end = async (): Promise<void> => {
      child.kill('SIGKILL');
      await gone;
      rmSync(directory, { recursive: true, force: true });
    };
    const url = `http://127.0.0.1:${port}`;
    try {
      await until('Prometheus to be ready', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true);
    } catch (error) {
      await end();
      throw error;
    }
    return new RunningPrometheus(url, end);
  }

  /** Stores samples by remote write. They go in slices of time, because Prometheus takes nothing older than an hour before its newest sample. */
  async write(series: readonly TestSeries[]): Promise<void> {
    const sliceMs = 600_000;
    const slices = new Set(series.flatMap(({ samples }) => samples.map(([time]) => Math.floor(time / sliceMs))));
    for (const slice of [...slices].toSorted((a, b) => a - b)) {
      const part = series.flatMap(({ labels, samples }) => {
        const some = samples.filter(([time]) => Math.floor(time / sliceMs) === slice);
        return some.length === 0 ? [] : [{ labels, samples: some }];
      });
      const answer = await fetch(`${this.url}/api/v1/write`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' },
        body: uncompressedSnappy(writeRequest(part)),
      });
      if (!answer.ok) throw new Error(`Prometheus did not take the samples: ${answer.status} ${await answer.text()}`);
    }
  }

  stop(): Promise<void> {
    return this.#end();
  }
}

/** prometheus.WriteRequest of remote write 1.0. */
function writeRequest(series: readonly TestSeries[]): Buffer<ArrayBuffer> {
  return Buffer.concat(series.map(({ labels, samples }) => {
    const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
    return field(1, Buffer.concat([...pairs, ...samples.map(([time, value]) => field(2, sample(time, value)))]));
  }));
}

/** A Snappy block of one literal. */
function uncompressedSnappy(body: Buffer): Buffer<ArrayBuffer> {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length - 1);
  return Buffer.concat([varint(BigInt(body.length)), Buffer.from([0xfc]), length, body]);
}

function field(number: number, bytes: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(BigInt(bytes.length)), bytes]);
}

function sample(time: number, value: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(9);
  bytes[0] = 0x09;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // Through a number, the signalling bit of the marker may be lost.
  if (isStaleMarker(value)) view.setBigUint64(1, 0x7ff0000000000002n, true);
  else view.setFloat64(1, value, true);
  return Buffer.concat([bytes, Buffer.from([0x10]), varint(BigInt.asUintN(64, BigInt(time)))]);
}

function varint(value: bigint): Buffer<ArrayBuffer> {
  const out: number[] = [];
  let rest = value;
  do {
    out.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(out);
}

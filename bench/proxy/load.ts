import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './children.ts';

const run = promisify(execFile);
const PACED = fileURLToPath(new URL('paced-load.ts', import.meta.url));

export interface WrkFigures {
  readonly requestsPerSecond: number;
  /** Answers that were none or not 2xx. */
  readonly errors: number;
}

/** As many requests as 32 connections can carry for `seconds`. */
export async function wrk(port: number, seconds: number, connections = 32): Promise<WrkFigures> {
  const command = installed('wrk');
  if (command === undefined) throw new Error('wrk is not installed (apt-get install wrk nginx haproxy)');
  const { stdout } = await run(command, ['-t1', `-c${connections}`, `-d${seconds}s`, '-H', 'Host: web', `http://127.0.0.1:${port}/catalog/items?page=2`]);
  const failed = [...stdout.matchAll(/(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  return { requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0), errors: failed };
}

export interface PacedFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** 1,000 requests/s, whether or not they are answered in time; latency counts from when each was due. */
export async function paced(port: number, seconds: number): Promise<PacedFigures> {
  const { stdout } = await run(process.execPath, [PACED, String(port), String(seconds)]);
  // Safe because paced-load.ts prints exactly that.
  return JSON.parse(stdout) as PacedFigures;
}

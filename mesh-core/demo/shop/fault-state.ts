import { readFileSync, watchFile } from 'node:fs';

/** What the fault injector asks of one version of one service. Zero or absent = behave. */
export interface Fault {
  /** Added to every answer, milliseconds. */
  readonly delayMs?: number;
  /** Share of requests answered 500, 0..100. */
  readonly errorPercent?: number;
  /** Misbehave and behave in turns of this many seconds; 0 = always misbehave. */
  readonly flapSeconds?: number;
}

/** The faults file: `{"payment-v3": {"errorPercent": 30}}`, written by the demo's supervisor from a ConfigMap. */
export function parseFaults(text: string): Readonly<Record<string, Fault>> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, Fault>) : {};
}

/** What to do to one request: `random` in [0, 1), `nowMs` for flapping. */
export function applyFault(fault: Fault | undefined, nowMs: number, random: number): { delayMs: number; fail: boolean } {
  if (fault === undefined) return { delayMs: 0, fail: false };
  const flap = (fault.flapSeconds ?? 0) * 1000;
  if (flap > 0 && Math.floor(nowMs / flap) % 2 === 1) return { delayMs: 0, fail: false };
  return { delayMs: Math.max(0, fault.delayMs ?? 0), fail: random * 100 < (fault.errorPercent ?? 0) };
}

/** Follows the faults file; the function returned gives the fault in force. An unreadable file keeps the last state. */
export function followFaults(file: string | undefined, workload: string): () => Fault | undefined {
  if (file === undefined) return () => undefined;
  let fault: Fault | undefined;
  const read = (): void => {
    try {
      fault = parseFaults(readFileSync(file, 'utf8'))[workload];
    } catch {
      // Not written yet, or half-way through a rename: the watcher calls again.
    }
  };
  read();
  watchFile(file, { interval: 200, persistent: false }, read);
  return () => fault;
}

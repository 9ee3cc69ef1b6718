import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './usage-error.ts';

const TIMEOUT_MS = 10_000;

/** Reads JSON from a path of the control plane's monitoring port. @throws UsageError when it does not answer. */
export async function readMonitoring(monitoring: string, path: string): Promise<unknown> {
  const url = `${monitoring.replace(/\/$/, '')}${path}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new UsageError(`The control plane's monitoring port does not answer at ${url} (${cause}). Is it running? --monitoring URL names another.`);
  }
}

/** Where the control plane of a data directory serves monitoring. @throws UsageError when nothing says so. */
export function monitoringUrl(dataDir: string): string {
  const file = join(dataDir, 'control', 'endpoints.json');
  try {
    const endpoints: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof endpoints === 'object' && endpoints !== null && 'monitoring' in endpoints && typeof endpoints.monitoring === 'string') return endpoints.monitoring;
  } catch {
    // The same advice as for a file without the address.
  }
  throw new UsageError(`${file} does not say where the control plane's monitoring port is. Start the control plane, or name the port with --monitoring http://127.0.0.1:15014.`);
}

import { readFileSync } from 'node:fs';
import { QueryError } from '#server/promql/metrics-backend.ts';
import { ServerError } from '#server/server-error.ts';
import { fetchWithCa } from './fetch-with-ca.ts';
import { basicAuthorization } from './prometheus-client.ts';
import type { RemoteMetricsOptions } from './remote-metrics-backend.ts';

/** How the console gets in at a server elsewhere, as it was said at the start. */
export interface RemotePrometheusFlags {
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly tokenFile: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly caFile: string | undefined;
  readonly timeoutMs: number;
}

/**
 * The options of the backend. Files with secrets are read for every request, so that they may be replaced while the server runs.
 * Throws ServerError when one of the files cannot be read now. `prefix` is that of the options it was said by.
 */
export function remoteMetricsOptions(url: string, { user, passwordFile, tokenFile, headers, caFile, timeoutMs }: RemotePrometheusFlags, prefix = '--prometheus'): RemoteMetricsOptions {
  const authorization = authorizationFrom(user, passwordFile, tokenFile, prefix);
  try {
    authorization?.();
  } catch (cause) {
    throw new ServerError('internal', cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return { url, headers, timeoutMs, ...(authorization === undefined ? {} : { authorization }), ...(caFile === undefined ? {} : { fetch: fetchWithCa(readCa(caFile, prefix)) }) };
}

function authorizationFrom(user: string | undefined, passwordFile: string | undefined, tokenFile: string | undefined, prefix: string): (() => string) | undefined {
  if (tokenFile !== undefined) return () => `Bearer ${readSecret(tokenFile, `${prefix}-token-file`)}`;
  if (user === undefined) return undefined;
  return () => basicAuthorization(user, passwordFile === undefined ? '' : readSecret(passwordFile, `${prefix}-password-file`));
}

function readSecret(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new QueryError('unavailable', `The file of ${option} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function readCa(file: string, prefix: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ServerError('internal', `The file of ${prefix}-ca cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

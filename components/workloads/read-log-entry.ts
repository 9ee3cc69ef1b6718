import type { Status } from '#components/status/status.ts';
import type { AccessLogAnswer } from '#server/inventory/schemas.ts';

type RawEntry = AccessLogAnswer['entries'][number];

/** One access-log line as the page shows it. */
export interface LogLine {
  readonly id: string;
  /** Unix ms; NaN when the line has no readable time. */
  readonly t: number;
  /** `in`: answered by this workload; `out`: asked by it. */
  readonly direction: 'in' | 'out';
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  /** 0: there was no response. */
  readonly code: number;
  readonly flags: string;
  /** Why a proxy answered itself. */
  readonly details: string;
  readonly durationMs: number | null;
  readonly instance: string;
  readonly traceId: string | undefined;
  readonly raw: RawEntry;
}

/** Reads an entry of Istio's JSON access log; what is missing or of another type is left empty, never guessed. */
export function readLogEntry(raw: RawEntry, index: number): LogLine {
  const text = (key: string): string => (typeof raw[key] === 'string' ? raw[key] : '');
  const number = (key: string): number | null => (typeof raw[key] === 'number' ? raw[key] : null);
  return {
    id: `${raw.instance} ${text('request_id')} ${text('start_time')} ${text('upstream_cluster')} ${index}`,
    t: Date.parse(text('start_time')),
    direction: text('upstream_cluster').startsWith('inbound|') || text('route_name') === 'default' && text('upstream_cluster') === '' ? 'in' : 'out',
    method: text('method'),
    path: text('path'),
    authority: text('authority'),
    code: number('response_code') ?? 0,
    flags: text('response_flags') === '-' ? '' : text('response_flags'),
    details: text('response_code_details'),
    durationMs: number('duration'),
    instance: raw.instance,
    traceId: text('trace_id') || undefined,
    raw,
  };
}

/** A response code as a status: what the caller got decides. */
export function codeStatus(code: number): Status {
  if (code === 0 || code >= 500) return 'failing';
  return code >= 400 ? 'degraded' : 'healthy';
}

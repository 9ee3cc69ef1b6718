import type { HostSpans } from '#server/traces/receiver/spans-by-host.ts';

/** What became of spans that were handed over. */
export interface AppendOutcome {
  readonly stored: number;
  /** Known already, with the same content. */
  readonly duplicates: number;
}

/** The same of a request that the store decoded itself. */
export type OtlpOutcome =
  | (AppendOutcome & { readonly kind: 'stored'; /** Spans that cannot be stored; sending them again is no use. */ readonly rejected: number; readonly reasons: ReadonlyMap<string, number>; readonly hosts: readonly HostSpans[] })
  /** Not an OTLP request; nothing of it was stored. */
  | { readonly kind: 'malformed'; readonly message: string };

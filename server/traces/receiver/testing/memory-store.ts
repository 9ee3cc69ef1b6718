import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest, type OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import { openPackedSpans, type PackedSpans } from '#server/traces/segment/packed-spans.ts';
import type { OtlpOutcome } from '#server/traces/store/append-outcome.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { spansByHost } from '../spans-by-host.ts';

/** A store that keeps spans in memory, or does what a test wants first. */
export function memoryStore(append?: (spans: readonly Span[]) => Promise<void>) {
  const spans: Span[] = [];
  const store = {
    spans,
    pendingBytes: 0,
    async append(batch: readonly Span[]) {
      await append?.(batch);
      spans.push(...batch);
      return { stored: batch.length, duplicates: 0 };
    },
    appendPacked: async (packed: PackedSpans) => store.append(openPackedSpans(packed)),
    async appendOtlp(body: Uint8Array, encoding: OtlpEncoding): Promise<OtlpOutcome> {
      try {
        const decoded = decodeTraceRequest(body, encoding);
        return { kind: 'stored', ...(await store.append(decoded.spans)), rejected: decoded.rejected, reasons: decoded.reasons, hosts: spansByHost(decoded.spans) };
      } catch (error) {
        if (error instanceof OtlpDecodeError) return { kind: 'malformed', message: error.message };
        throw error;
      }
    },
  };
  return store;
}
export type MemoryStore = ReturnType<typeof memoryStore>;

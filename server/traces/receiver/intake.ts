import type { Logger } from '#mesh-core/runtime/logger.ts';
import { messageOf } from '#server/server-error.ts';
import type { DecodedSpans } from '#server/traces/otlp/assemble-spans.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import type { OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import type { OtlpOutcome } from '#server/traces/store/append-outcome.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import type { IngestStatus, Protocol } from './ingest-status.ts';
import { spansByHost } from './spans-by-host.ts';

/** What a sender did wrong, or why it must come back; each protocol has its own words for it. */
export interface Refusal {
  readonly kind: 'refused';
  /** `unsupported`: an encoding, method or content type that is not known here. */
  readonly reason: 'malformed' | 'too-large' | 'unsupported' | 'overloaded' | 'unavailable';
  readonly message: string;
  /** Sending the same again after so long may work; absent: it will not. */
  readonly retryAfterSeconds?: number;
}
export interface Taken {
  readonly kind: 'taken';
  readonly rejected: number;
  /** Why spans were rejected; empty when none were. */
  readonly message: string;
}

export interface IntakeLimits {
  /** Of one request, as sent and unpacked. Default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Of all requests that are being read or stored; beyond it further ones are asked to come back. Default 96 MiB. */
  readonly maxHeldBytes?: number;
  /** Bytes waiting for the disk beyond which requests are asked to come back. Default 64 MiB. */
  readonly maxPendingBytes?: number;
}
export interface IntakeOptions extends IntakeLimits {
  readonly store: Pick<TraceStore, 'append' | 'appendOtlp' | 'pendingBytes'>;
  readonly status: IngestStatus;
  readonly log: Logger;
  /** Called with the number of spans of each request, once they are stored. */
  readonly onSpans?: (received: number) => void;
}

/** One request on its way in. `end` must be called, whatever becomes of it. */
export interface Admission {
  /** Counts bytes of the body, unpacked, as they come to be held. */
  hold(bytes: number): Refusal | undefined;
  /** Decodes and stores the body of an OTLP request, which must not be used any more; resolves when its spans are durable. */
  storeOtlp(body: Buffer, encoding: OtlpEncoding): Promise<Taken | Refusal>;
  /** The same for another format. */
  storeSpans(decode: () => DecodedSpans): Promise<Taken | Refusal>;
  /** Notes why the request is refused, for the status. Gives the refusal. */
  refuse(refusal: Refusal): Refusal;
  end(): void;
}
export interface Intake {
  readonly maxBodyBytes: number;
  /** Lets a request in, of which so many bytes are announced (undefined: it did not say), or refuses it. */
  admit(protocol: Protocol, announcedBytes: number | undefined): Admission | Refusal;
}

/** What is not known beforehand counts as a common batch until more has come. */
const COMMON_BATCH_BYTES = 65_536;

/**
 * The one way in for spans of all protocols: it bounds what is held in memory at a time, asks senders to come back when
 * the store is behind, and counts what became of each request.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { store, status, log, maxBodyBytes = 16 * 1024 * 1024, maxHeldBytes = 96 * 1024 * 1024, maxPendingBytes = 64 * 1024 * 1024 } = options;
  let held = 0;
  const tooMuch: Refusal = { kind: 'refused', reason: 'overloaded', message: 'too many spans at once; send them again later', retryAfterSeconds: 1 };
  const tooLarge: Refusal = { kind: 'refused', reason: 'too-large', message: `the request is larger than ${maxBodyBytes} bytes; send smaller batches` };

  return {
    maxBodyBytes,
    admit(protocol, announcedBytes = COMMON_BATCH_BYTES) {
      const refuse = (refusal: Refusal): Refusal => {
        status.refused(protocol, refusal.reason, refusal.message);
        return refusal;
      };
      if (announcedBytes > maxBodyBytes) return refuse(tooLarge);
      if (held + announcedBytes > maxHeldBytes || store.pendingBytes > maxPendingBytes) return refuse(tooMuch);
      let counted = announcedBytes;
      let read = 0;
      held += counted;
      const keep = async (append: () => Promise<OtlpOutcome>): Promise<Taken | Refusal> => {
        // Of a small body that was not announced, the rest is free again.
        held -= counted - read;
        counted = read;
        let outcome: OtlpOutcome;
        try {
          outcome = await append();
        } catch (error) {
          // Never as our own failure (500): exporters drop what is answered so.
          return refuse({ kind: 'refused', reason: 'unavailable', message: messageOf(error), retryAfterSeconds: 5 });
        }
        if (outcome.kind === 'malformed') {
          log.debug({ protocol, error: outcome.message }, 'refused malformed spans');
          return refuse({ kind: 'refused', reason: 'malformed', message: outcome.message });
        }
        const { stored, duplicates, rejected, reasons, hosts } = outcome;
        const spans = stored + duplicates;
        status.accepted(protocol, { bytes: read, spans, reasons, hosts });
        if (spans > 0) options.onSpans?.(spans);
        return { kind: 'taken', rejected, message: [...reasons].map(([reason, count]) => `${count} rejected: ${reason}`).join('; ') };
      };
      return {
        refuse,
        hold(bytes) {
          read += bytes;
          if (read > maxBodyBytes) return tooLarge;
          const more = Math.max(0, read - counted);
          if (held + more > maxHeldBytes) return tooMuch;
          held += more;
          counted += more;
          return undefined;
        },
        storeOtlp: (body, encoding) => keep(() => store.appendOtlp(body, encoding)),
        storeSpans: (decode) =>
          keep(async () => {
            let decoded: DecodedSpans;
            try {
              decoded = decode();
            } catch (error) {
              if (!(error instanceof OtlpDecodeError)) throw error;
              return { kind: 'malformed', message: error.message };
            }
            return { kind: 'stored', ...(await store.append(decoded.spans)), ...decoded, hosts: spansByHost(decoded.spans) };
          }),
        end() {
          held -= counted;
          counted = 0;
        },
      };
    },
  };
}

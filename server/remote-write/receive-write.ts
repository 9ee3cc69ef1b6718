import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Appender, AppendResult } from '#server/timeseries/storage.ts';
import { ProtobufError } from '#server/wire/protobuf-reader.ts';
import { decodeWriteV1 } from './decode-write-v1.ts';
import { decodeWriteV2 } from './decode-write-v2.ts';
import type { SeriesRefs } from './series-refs.ts';
import { WriteCollector } from './write-collector.ts';
import { messageIn, writeVersionOf, type WriteVersion } from './write-message.ts';
import { WriteRefusal } from './write-refusal.ts';

/** Samples may be this much ahead of this machine's clock, as Prometheus allows it. */
const MAX_AHEAD_MS = 10 * 60_000;

export interface WriteServices {
  readonly appender: Appender;
  readonly refs: SeriesRefs;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}
export interface WriteInput {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
}
/** What was stored, and why not all of it was, when it was not. */
export interface WriteOutcome {
  readonly version: WriteVersion;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  readonly problems: string | undefined;
}

/**
 * Stores a remote-write request. What in it cannot be stored is told, and the rest is stored all the same: a sender that
 * tried again would fail again. Throws a WriteRefusal when nothing of it can be read, and what the store throws when it
 * cannot write, upon which the sender has to come again. Source: Prometheus storage/remote/write_handler.go and the
 * Remote-Write 1.0 and 2.0 specifications.
 */
export async function receiveWrite({ body, contentType, contentEncoding }: WriteInput, { appender, refs, clock, log }: WriteServices): Promise<WriteOutcome> {
  const version = writeVersionOf(contentType);
  const message = messageIn(body, contentEncoding);
  const collector = new WriteCollector((key) => refs.known(key), clock.now() + MAX_AHEAD_MS);
  decode(version, message, collector);
  const { floats, histograms, exemplars } = collector.batches((key, labels) => refs.add(key, labels));
  const withExemplars = exemplars > 0 && floats.count === 0 && histograms.count === 0;
  // Both are handed over before either is waited for: handles are good until the store next drops series.
  const [storedFloats, storedHistograms] = await Promise.all([
    floats.count > 0 || withExemplars ? appender.appendBatch(floats) : NOTHING,
    histograms.count > 0 ? appender.appendBatch(histograms) : NOTHING,
  ]);
  for (const [name, metadata] of collector.metadata) appender.setMetadata(name, metadata);
  for (const result of [storedFloats, storedHistograms]) for (const problem of problemsOf(result)) collector.addProblem(problem);
  const { problems } = collector;
  if (problems !== undefined) log.warn({ version, problems }, 'remote write: not all was stored');
  return { version, samples: storedFloats.appended, histograms: storedHistograms.appended, exemplars, problems };
}

const NOTHING: AppendResult = { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 };

function decode(version: WriteVersion, message: Uint8Array, into: WriteCollector): void {
  try {
    if (version === '1.0') decodeWriteV1(message, into);
    else decodeWriteV2(message, into);
  } catch (error) {
    if (error instanceof ProtobufError) throw new WriteRefusal(400, `the message is not what its Content-Type says: ${error.message}`, { cause: error });
    throw error;
  }
}

/** In Prometheus' words, with how many samples each is about. */
function problemsOf({ duplicate, outOfOrder, tooOld, seriesLimit }: AppendResult): string[] {
  const all: readonly (readonly [number, string])[] = [
    [outOfOrder, 'out of order sample'],
    [duplicate, 'duplicate sample for timestamp'],
    [tooOld, 'too old sample'],
    [seriesLimit, 'the store holds as many series as it may'],
  ];
  return all.filter(([count]) => count > 0).map(([count, text]) => `${text} (${count} ${count === 1 ? 'sample' : 'samples'})`);
}

import { SnappyError, snappyLength, unpackSnappy } from '#server/wire/snappy-block.ts';
import { WriteRefusal } from './write-refusal.ts';

/** The messages of the two protocol versions, by their protobuf names. */
export type WriteVersion = '1.0' | '2.0';
const MESSAGES: Readonly<Record<string, WriteVersion>> = { 'prometheus.WriteRequest': '1.0', 'io.prometheus.write.v2.Request': '2.0' };
const MEDIA_TYPE = 'application/x-protobuf';
/** What Prometheus takes at most; its own requests have some 100 KiB. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/** A block of Snappy is at most this much longer than what it holds. */
export const MAX_BODY_BYTES = MAX_MESSAGE_BYTES + (MAX_MESSAGE_BYTES >> 5);

/**
 * The version a Content-Type names; none at all is 1.0. Throws a WriteRefusal (415), on which a sender that can speaks the
 * other version. Source: Remote-Write 2.0 specification, "Content-Type".
 */
export function writeVersionOf(contentType: string): WriteVersion {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (mediaType !== '' && mediaType.toLowerCase() !== MEDIA_TYPE) throw new WriteRefusal(415, `send ${MEDIA_TYPE}, not ${mediaType.slice(0, 60)}`);
  const proto = parameters.find((parameter) => /^proto\s*=/i.test(parameter));
  if (proto === undefined) return '1.0';
  const message = proto.slice(proto.indexOf('=') + 1).trim().replace(/^"(.*)"$/, '$1');
  const version = Object.hasOwn(MESSAGES, message) ? MESSAGES[message] : undefined;
  if (version === undefined) throw new WriteRefusal(415, `messages of the type ${message.slice(0, 60)} are not taken; send ${Object.keys(MESSAGES).join(' or ')}`);
  return version;
}

/**
 * The message in a body: Snappy's block format, which a missing Content-Encoding also stands for. Throws a WriteRefusal:
 * 415 for another encoding, 413 for too much, 400 for what is not Snappy.
 */
export function messageIn(body: Uint8Array, contentEncoding: string): Uint8Array {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding !== '' && encoding !== 'snappy') throw new WriteRefusal(415, `the encoding ${encoding.slice(0, 60)} is not taken; send snappy (block format)`);
  try {
    const { length } = snappyLength(body);
    if (length > MAX_MESSAGE_BYTES) throw new WriteRefusal(413, `the message has ${length} bytes, more than the ${MAX_MESSAGE_BYTES} that are taken; send fewer samples at once`);
    return unpackSnappy(body);
  } catch (error) {
    if (error instanceof SnappyError) throw new WriteRefusal(400, `the body is not Snappy (block format): ${error.message}`, { cause: error });
    throw error;
  }
}

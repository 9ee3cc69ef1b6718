import type { Duplex } from 'node:stream';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { xdsRoot } from '#mesh-core/wire/xds/descriptor.ts';
import { typeOfUrl } from '#mesh-core/wire/xds/proto-json.ts';
import { decodeMessage, encodeMessage } from '#mesh-core/wire/xds/resource-codec.ts';
import { PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER, peerOfFields } from '../telemetry/peer-metadata.ts';
import type { PeerInfo } from '../telemetry/peer-metadata.ts';

const MAGIC = 0x3d230467;
const HEADER_BYTES = 8;
const MAX_DATA_BYTES = 16 * 1024;
const WAIT_MS = 2000;
const STRUCT = 'type.googleapis.com/google.protobuf.Struct';

/** What stands at the beginning of a connection's bytes. */
export type PeerGreeting = { readonly kind: 'incomplete' } | { readonly kind: 'none' } | { readonly kind: 'greeting'; readonly bytes: number; readonly peer: PeerInfo | undefined };

/**
 * What a proxy sends first on a connection with the ALPN name `istio-peer-exchange`: a magic number, a length, and its
 * metadata as a Struct inside an Any. `own` is the metadata as `x-envoy-peer-metadata` carries it. Source: istio/proxy
 * metadata_exchange.
 */
export function encodeGreeting(own: { readonly encoded: string; readonly id: string }): Buffer {
  const metadata = decodeMessage(typeNamed('google.protobuf.Struct'), Buffer.from(own.encoded, 'base64'));
  const data = encodeMessage(typeNamed('google.protobuf.Any'), { '@type': STRUCT, value: { [PEER_METADATA_HEADER]: metadata, [PEER_METADATA_ID_HEADER]: own.id } });
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** Reads a greeting; call it again with all bytes so far while it is incomplete. Metadata that is no metadata is no peer. Never throws. */
export function readGreeting(bytes: Buffer): PeerGreeting {
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC);
  const compared = Math.min(bytes.length, 4);
  if (bytes.compare(magic, 0, compared, 0, compared) !== 0) return { kind: 'none' };
  if (bytes.length < HEADER_BYTES) return { kind: 'incomplete' };
  const length = bytes.readUInt32BE(4);
  if (length > MAX_DATA_BYTES) return { kind: 'none' };
  if (bytes.length < HEADER_BYTES + length) return { kind: 'incomplete' };
  return { kind: 'greeting', bytes: HEADER_BYTES + length, peer: peerOf(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length)) };
}

/**
 * Sends the own greeting and takes the peer's off the connection, which is paused when `done` is called, once. The caller
 * greets first; the one called only answers, so that a caller that does not exchange metadata gets none. A peer that does
 * not greet within two seconds stays unknown.
 */
export function exchangeGreetings(socket: Duplex, role: 'caller' | 'called', own: Buffer, clock: Clock, done: (peer: PeerInfo | undefined) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const settle = (rest: Buffer, peer: PeerInfo | undefined): void => {
    cancel();
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onEnd);
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    done(peer);
  };
  const cancel = clock.after(WAIT_MS, () => settle(bytes, undefined));
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const greeting = readGreeting(bytes);
    if (greeting.kind === 'none') settle(bytes, undefined);
    else if (greeting.kind === 'greeting') {
      if (role === 'called') socket.write(own);
      settle(bytes.subarray(greeting.bytes), greeting.peer);
    }
  };
  const onEnd = (): void => settle(bytes, undefined);
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  if (role === 'caller') socket.write(own);
  socket.resume();
}

function peerOf(data: Buffer): PeerInfo | undefined {
  try {
    const any = decodeMessage(typeNamed('google.protobuf.Any'), data);
    const value = typeof any === 'object' && any !== null && 'value' in any ? any.value : undefined;
    return typeof value === 'object' && value !== null && PEER_METADATA_HEADER in value ? peerOfFields(value[PEER_METADATA_HEADER]) : undefined;
  } catch {
    // Not protobuf: a peer of which nothing is known.
    return undefined;
  }
}

function typeNamed(name: string): Parameters<typeof encodeMessage>[0] {
  const type = typeOfUrl(xdsRoot(), name);
  if (type === undefined) throw new Error(`${name} is not loaded`);
  return type;
}

import type { MethodDefinition } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import { xdsRoot } from './descriptor.ts';
import { jsonToMessage, messageToJson, typeOfUrl } from './proto-json.ts';
import { recordOf } from './well-known-types.ts';

/** `istio.v1.auth.IstioCertificateService/CreateCertificate`. Source: istio security/v1alpha1/ca.proto. */
export interface CertificateRequest {
  /** PEM. */
  readonly csr: string;
  /** Seconds; 0 = the server's default. */
  readonly validityDuration: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
}
export interface CertificateResponse {
  /** PEM, the workload's certificate first, the root last. */
  readonly certChain: readonly string[];
}

const REQUEST = 'istio.v1.auth.IstioCertificateRequest';
const RESPONSE = 'istio.v1.auth.IstioCertificateResponse';

/** The method, for both sides of a @grpc/grpc-js connection. */
export const CREATE_CERTIFICATE: MethodDefinition<CertificateRequest, CertificateResponse> = {
  path: '/istio.v1.auth.IstioCertificateService/CreateCertificate',
  requestStream: false,
  responseStream: false,
  requestSerialize: (request) => encode(REQUEST, request),
  // Safe because the reflected messages have exactly the fields of the interfaces, and all are always printed.
  requestDeserialize: (bytes) => decode(REQUEST, bytes, ['csr', 'validityDuration']) as CertificateRequest,
  responseSerialize: (response) => encode(RESPONSE, response),
  responseDeserialize: (bytes) => decode(RESPONSE, bytes, ['certChain']) as CertificateResponse,
};

function encode(name: string, json: object): Buffer {
  const type = messageType(name);
  return Buffer.from(type.encode(jsonToMessage(type, json)).finish());
}

function decode(name: string, bytes: Uint8Array, always: readonly string[]): unknown {
  const type = messageType(name);
  return messageToJson(type, recordOf(type.decode(bytes)), { [name]: always });
}

function messageType(name: string): protobuf.Type {
  const type = typeOfUrl(xdsRoot(), name);
  if (type === undefined) throw new Error(`${name} is not among the loaded protobuf types`);
  return type;
}

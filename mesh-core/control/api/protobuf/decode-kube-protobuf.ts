import type protobuf from 'protobufjs';
import { badRequest } from '../api-error.ts';
import { KUBE_MESSAGES } from './kube-messages.ts';

/** The media type of Kubernetes' own binary encoding. */
export const KUBE_PROTOBUF = 'application/vnd.kubernetes.protobuf';
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
/** Pointers in Kubernetes' own types: a zero or false in them was said on purpose. All other zeros are what the encoder writes for absent fields. */
const MEANINGFUL_ZEROS: readonly string[] = ['controller', 'blockOwnerDeletion', 'immutable', 'automountServiceAccountToken', 'gracePeriodSeconds', 'orphanDependents', 'deletionGracePeriodSeconds', 'leaseDurationSeconds', 'leaseTransitions', 'expirationSeconds'];

/**
 * Decodes a body in Kubernetes' protobuf encoding to the object that its JSON form would be: four magic bytes, then an Unknown message
 * that names the kind and holds its bytes. @throws KubeError 400 for anything malformed, and for a kind that is not sent that way.
 * Source: apimachinery pkg/runtime/serializer/protobuf.
 */
export function decodeKubeProtobuf(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length < MAGIC.length || !body.subarray(0, MAGIC.length).equals(MAGIC)) throw badRequest('the request body is not in the protobuf encoding of Kubernetes: it lacks the prefix');
  const unknown = decode('Unknown', body.subarray(MAGIC.length));
  const { typeMeta, raw } = unknown as { readonly typeMeta?: { readonly apiVersion?: string; readonly kind?: string }; readonly raw?: Uint8Array };
  const { apiVersion = '', kind = '' } = typeMeta ?? {};
  const type = isMessage(kind) ? messageType(kind) : undefined;
  if (type?.fields['metadata'] === undefined && kind !== 'DeleteOptions') throw badRequest(`the kind ${JSON.stringify(kind)} is not taken as protobuf; send it as JSON`);
  return { apiVersion, kind, ...plain(messageType(kind), decode(kind, raw ?? new Uint8Array())) };
}

function decode(name: string, bytes: Uint8Array): object {
  try {
    return messageType(name).decode(bytes);
  } catch (error) {
    throw badRequest(`the request body is not a valid ${name} message: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function messageType(name: string): protobuf.Type {
  return KUBE_MESSAGES.lookupType(`k8s.${name}`);
}

function isMessage(name: string): boolean {
  return /^[A-Za-z]+$/.test(name) && KUBE_MESSAGES.nested?.['k8s'] !== undefined && Object.hasOwn((KUBE_MESSAGES.nested['k8s'] as protobuf.Namespace).nested ?? {}, name);
}

/** A decoded message as the JSON encoder would have it: absent where it is empty. */
function plain(type: protobuf.Type, message: object): Readonly<Record<string, unknown>> {
  const entries = type.fieldsArray.flatMap((field): [string, unknown][] => {
    if (!Object.hasOwn(message, field.name)) return [];
    const value = fieldValue(field, (message as Readonly<Record<string, unknown>>)[field.name]);
    return value === undefined || (isEmpty(value) && !MEANINGFUL_ZEROS.includes(field.name)) ? [] : [[field.name, value]];
  });
  return Object.fromEntries(entries);
}

function fieldValue(field: protobuf.Field, value: unknown): unknown {
  if (field.repeated) return (value as readonly unknown[]).map((item) => single(field, item));
  if (field.map) return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, single(field, item)]));
  return single(field, value);
}

function single(field: protobuf.Field, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  switch (field.type) {
    case 'int64':
      return Number(value);
    case 'Time':
    case 'MicroTime':
      return timeText(value as Seconds, field.type === 'MicroTime');
    case 'IntOrString': {
      const { type, intVal, strVal } = value as { readonly type?: unknown; readonly intVal?: number; readonly strVal?: string };
      return Number(type ?? 0) === 1 ? strVal : intVal;
    }
    case 'FieldsV1':
      return fieldsV1(value as { readonly raw?: Uint8Array });
    default:
      return plain(messageType(field.type), value);
  }
}

interface Seconds {
  readonly seconds?: unknown;
  readonly nanos?: number;
}

/** RFC 3339; undefined for the zero time, by which Go says "none". */
function timeText({ seconds = 0, nanos = 0 }: Seconds, micro: boolean): string | undefined {
  const milliseconds = Number(seconds) * 1000;
  if (milliseconds <= 0 || milliseconds > 8.64e15) return undefined;
  const text = new Date(milliseconds).toISOString().slice(0, 19);
  return micro ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${text}Z`;
}

function fieldsV1({ raw }: { readonly raw?: Uint8Array }): unknown {
  try {
    return JSON.parse(Buffer.from(raw ?? []).toString('utf8'));
  } catch {
    throw badRequest('metadata.managedFields: fieldsV1 is not JSON');
  }
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === 0 || value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

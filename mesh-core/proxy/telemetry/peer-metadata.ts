import { xdsRoot } from '#mesh-core/wire/xds/descriptor.ts';
import { typeOfUrl } from '#mesh-core/wire/xds/proto-json.ts';
import { decodeMessage, encodeMessage } from '#mesh-core/wire/xds/resource-codec.ts';

/** What telemetry says about one end of a request. Istio writes `unknown` (revision: `latest`) for what it does not know. */
export interface PeerInfo {
  readonly workload: string;
  readonly namespace: string;
  readonly app: string;
  readonly version: string;
  readonly canonicalService: string;
  readonly canonicalRevision: string;
  readonly cluster: string;
  /** Distinguishes this peer among all others: the key of metric caches. */
  readonly key: string;
}

export const PEER_METADATA_HEADER = 'x-envoy-peer-metadata';
export const PEER_METADATA_ID_HEADER = 'x-envoy-peer-metadata-id';
const MAX_HEADER_LENGTH = 8192;

/** A peer of which nothing is known. */
export const UNKNOWN_PEER: PeerInfo = peerInfo({});

/** Builds the telemetry view of a workload from its name, namespace and labels (Istio's rules for canonical names). */
export function peerInfo(parts: { workload?: string; namespace?: string; cluster?: string; labels?: Readonly<Record<string, string>>; canonicalService?: string; canonicalRevision?: string }): PeerInfo {
  const labels = parts.labels ?? {};
  const workload = parts.workload || 'unknown';
  const info = {
    workload,
    namespace: parts.namespace || 'unknown',
    app: labels['app'] || 'unknown',
    version: labels['version'] || 'unknown',
    canonicalService: parts.canonicalService || labels['service.istio.io/canonical-name'] || labels['app.kubernetes.io/name'] || labels['app'] || workload,
    canonicalRevision: parts.canonicalRevision || labels['service.istio.io/canonical-revision'] || labels['app.kubernetes.io/version'] || labels['version'] || 'latest',
    cluster: parts.cluster || 'unknown',
  };
  return { ...info, key: Object.values(info).join('~') };
}

/** This workload's metadata as the header carries it: base64 of a protobuf Struct, as Istio's metadata exchange sends it. */
export function encodePeerMetadata(own: { workload: string; namespace: string; cluster: string; labels: Readonly<Record<string, string>>; serviceAccount: string }): string {
  const struct = { NAME: own.workload, NAMESPACE: own.namespace, WORKLOAD_NAME: own.workload, CLUSTER_ID: own.cluster, SERVICE_ACCOUNT: own.serviceAccount, LABELS: own.labels };
  return encodeMessage(structType(), struct).toString('base64');
}

/** Reads the header; undefined when it is not a Struct in base64 or is longer than 8 KiB. Never throws. */
export function decodePeerMetadata(header: string): PeerInfo | undefined {
  if (header.length > MAX_HEADER_LENGTH) return undefined;
  try {
    return peerOfFields(decodeMessage(structType(), Buffer.from(header, 'base64')));
  } catch {
    return undefined;
  }
}

/** What the fields of a metadata Struct say of a peer; undefined when they say nothing. */
export function peerOfFields(value: unknown): PeerInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  // Safe because every field is looked at before it is used.
  const fields = value as Readonly<Record<string, unknown>>;
  if (Object.keys(fields).length === 0) return undefined;
  return peerInfo({ workload: textOf(fields['WORKLOAD_NAME']) || textOf(fields['NAME']), namespace: textOf(fields['NAMESPACE']), cluster: textOf(fields['CLUSTER_ID']), labels: labelsOf(fields['LABELS']) });
}

/** Remembers decoded headers, as every request of a peer carries the same one. */
export class PeerMetadataCache {
  readonly #known = new Map<string, PeerInfo>();
  readonly #capacity: number;

  constructor(capacity = 500) {
    this.#capacity = capacity;
  }

  /** Undefined for an absent or unreadable header. */
  read(header: string | readonly string[] | undefined): PeerInfo | undefined {
    if (typeof header !== 'string') return undefined;
    const known = this.#known.get(header);
    if (known !== undefined) return known;
    const decoded = decodePeerMetadata(header);
    if (decoded === undefined) return undefined;
    if (this.#known.size >= this.#capacity) this.#known.clear();
    this.#known.set(header, decoded);
    return decoded;
  }
}

/** Reads the endpoint metadata istiod writes: "workload;namespace;canonical name;canonical revision;cluster". */
export function peerFromEndpointMetadata(text: unknown): PeerInfo | undefined {
  if (typeof text !== 'string') return undefined;
  const [workload, namespace, canonicalService, canonicalRevision, cluster] = text.split(';');
  return peerInfo({
    ...(workload === undefined ? {} : { workload }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(canonicalService === undefined ? {} : { canonicalService }),
    ...(canonicalRevision === undefined ? {} : { canonicalRevision }),
    ...(cluster === undefined ? {} : { cluster }),
  });
}

function structType(): Parameters<typeof encodeMessage>[0] {
  const type = typeOfUrl(xdsRoot(), 'google.protobuf.Struct');
  if (type === undefined) throw new Error('google.protobuf.Struct is not loaded');
  return type;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function labelsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

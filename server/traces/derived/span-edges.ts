import type { AttributeColumn, Segment } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';

/** `unset`: a plain call. `virtual_node`: one side sends no spans and is known by name only. Names of OpenTelemetry's servicegraph. */
export type ConnectionType = 'unset' | 'virtual_node' | 'messaging_system' | 'database';

/** One call between two services. Rows of the segment; -1 for the side that sent no span. */
export interface SpanEdge {
  readonly client: string;
  readonly server: string;
  readonly type: ConnectionType;
  readonly clientRow: number;
  readonly serverRow: number;
}
export interface SpanEdges {
  readonly edges: readonly SpanEdge[];
  /** Spans that name another side which is not known: its span is missing and nothing tells its name. */
  readonly unpaired: readonly number[];
}

/** The name of whoever calls from outside, as OpenTelemetry's servicegraph has it. */
export const OUTSIDE = 'user';
const CLIENT = SPAN_KINDS.indexOf('client');
const SERVER = SPAN_KINDS.indexOf('server');
const PRODUCER = SPAN_KINDS.indexOf('producer');
const CONSUMER = SPAN_KINDS.indexOf('consumer');
const DATABASE_KEYS = ['db.namespace', 'db.name', 'db.system', 'db.system.name'];

/**
 * The calls between services that the traces of a segment show. The traces must be whole: a side that is elsewhere counts
 * as missing.
 *
 * After OpenTelemetry's servicegraph connector (as Tempo documents it, metrics-from-traces/service_graphs): client and
 * server, producer and consumer are paired by parent id; a database is named by its client; a root server is called by
 * `user`; a client without a server is led to whom its peer attributes name. Where spans of mesh proxies lie between
 * those of applications, the client nearest to the server counts, and a server below a server of the same service is
 * not called again. Whatever span stands below one of another service was called by that service, be its kind or that of its
 * parent told or not. Calls of a service to itself are left out.
 */
export function spanEdges(segment: Segment): SpanEdges {
  const { spanCount, kind, parentRow, source, sources } = segment;
  const serviceOf = (row: number): string => sources[source[row] ?? 0]?.service ?? '';
  const edges: SpanEdge[] = [];
  const unpaired: number[] = [];
  const add = (edge: SpanEdge): void => {
    if (edge.client !== edge.server) edges.push(edge);
  };
  /** Client spans that some other span answers or carries on. */
  const answered = new Uint8Array(spanCount);
  for (let row = 0; row < spanCount; row++) {
    const parent = parentRow[row] ?? -1;
    const parentKind = parent < 0 ? -1 : kind[parent];
    const mine = kind[row];
    if (mine === CLIENT || mine === PRODUCER) {
      // The application's call goes on in its own proxy's span.
      if (parentKind === mine && serviceOf(parent) === serviceOf(row)) answered[parent] = 1;
      continue;
    }
    const entry = mine === SERVER || mine === CONSUMER;
    if (parent < 0) {
      if (!entry) continue;
      if (parent === -1) add({ client: OUTSIDE, server: serviceOf(row), type: 'virtual_node', clientRow: -1, serverRow: row });
      else unpaired.push(row);
    } else if (entry || serviceOf(parent) !== serviceOf(row)) {
      const calls = parentKind === CLIENT || parentKind === PRODUCER;
      if (calls) answered[parent] = 1;
      add({ client: serviceOf(parent), server: serviceOf(row), type: parentKind === PRODUCER && mine === CONSUMER ? 'messaging_system' : 'unset', clientRow: calls ? parent : -1, serverRow: row });
    }
  }
  const namesOf = peerNames(segment);
  for (let row = 0; row < spanCount; row++) {
    if ((kind[row] !== CLIENT && kind[row] !== PRODUCER) || answered[row] === 1) continue;
    const peer = namesOf(row);
    if (peer === undefined) unpaired.push(row);
    else add({ client: serviceOf(row), server: peer.name, type: peer.database ? 'database' : 'virtual_node', clientRow: row, serverRow: -1 });
  }
  return { edges, unpaired };
}

/** Who a client span without a server span called. */
function peerNames(segment: Segment): (row: number) => { readonly name: string; readonly database: boolean } | undefined {
  const text = (key: string): ((row: number) => string | undefined) => textsOf(segment.attribute('span', key));
  const [peerService, serverAddress, peerAddress, peerPort, cluster] = [text('peer.service'), text('server.address'), text('network.peer.address'), text('network.peer.port'), firstOf([text('upstream_cluster.name'), text('upstream_cluster')])];
  const databases = firstOf(DATABASE_KEYS.map(text));
  const broker = text('messaging.system');
  return (row) => {
    const database = databases(row);
    const address = peerAddress(row);
    const port = peerPort(row);
    const name = serviceOfCluster(cluster(row)) ?? peerService(row) ?? serverAddress(row) ?? (address === undefined ? undefined : port === undefined ? address : `${address}:${port}`) ?? database ?? broker(row);
    return name === undefined ? undefined : { name, database: database !== undefined };
  };
}

/** `outbound|80|v1|catalog.shop.svc.cluster.local` → `catalog.shop`, the name that the proxies of a Kubernetes service give; another host as it is. */
function serviceOfCluster(cluster: string | undefined): string | undefined {
  const host = cluster?.split('|')[3];
  return host === undefined || host === '' ? undefined : host.replace(/\.svc\.[a-z0-9.-]+$/, '');
}

function textsOf(column: AttributeColumn | undefined): (row: number) => string | undefined {
  if (column === undefined) return () => undefined;
  const texts = column.values.map(({ value }) => (typeof value === 'string' || typeof value === 'number' ? String(value) : ''));
  return (row) => {
    const code = column.codes[row] ?? 0;
    const text = code === 0 ? '' : texts[code - 1];
    return text === '' ? undefined : text;
  };
}

function firstOf(readers: readonly ((row: number) => string | undefined)[]): (row: number) => string | undefined {
  return (row) => {
    for (const read of readers) {
      const text = read(row);
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

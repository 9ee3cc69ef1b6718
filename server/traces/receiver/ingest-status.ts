import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { HostSpans } from './spans-by-host.ts';

/** The ways in that spans may take. */
export const PROTOCOLS = ['otlp-http', 'otlp-grpc', 'zipkin', 'import'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What came in by one protocol since the server was started. */
export interface ProtocolStatus {
  readonly protocol: Protocol;
  /** Where it listens, such as `127.0.0.1:4318`; absent when it does not. */
  readonly address?: string;
  /** Requests that were taken, and those that were not by why. */
  readonly requests: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly spans: number;
  /** Spans of requests that were taken, but for these: by why. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Of the bodies that were taken, unpacked. */
  readonly bytes: number;
  readonly lastSpanAtMs?: number;
  readonly lastRefusal?: { readonly atMs: number; readonly reason: string; readonly message: string };
}

/** Spans of one host, by when they came and when they say they ended. */
export interface HostStatus {
  readonly host: string;
  /** One of the services that run there. */
  readonly service: string;
  readonly spans: number;
  readonly lastSpanAtMs: number;
  /** From the end of the latest span of a request to its arrival, in the last request; below zero, the host's clock is ahead of this server's. */
  readonly delayMs: number;
  /** The least of those: what is left when batching took no time, so an estimate of how far the clocks are apart. */
  readonly leastDelayMs: number;
}
export interface IngestSnapshot {
  readonly sinceMs: number;
  readonly protocols: readonly ProtocolStatus[];
  /** Those heard of last first; at most 200. */
  readonly hosts: readonly HostStatus[];
}

/** A request that was taken. */
export interface AcceptedRequest {
  /** Of its body, unpacked. */
  readonly bytes: number;
  readonly spans: number;
  /** Of the spans that were rejected. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly hosts: readonly HostSpans[];
}

const MAX_HOSTS = 200;
/** Reasons are sentences of ours, but they may hold what a sender chose. */
const MAX_REASONS = 50;

interface Counts {
  requests: number;
  spans: number;
  bytes: number;
  readonly refused: Map<string, number>;
  readonly rejected: Map<string, number>;
  address?: string;
  lastSpanAtMs?: number;
  lastRefusal?: NonNullable<ProtocolStatus['lastRefusal']>;
}

/** Counts what comes in, for the page of tracing and for this server's own metrics. */
export class IngestStatus {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #sinceMs: number;
  readonly #counts = new Map<Protocol, Counts>(PROTOCOLS.map((protocol) => [protocol, { requests: 0, spans: 0, bytes: 0, refused: new Map(), rejected: new Map() }]));
  /** In the order in which they were last heard of. */
  readonly #hosts = new Map<string, HostStatus>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#sinceMs = clock.now();
  }

  listens(protocol: Protocol, address: string): void {
    this.#of(protocol).address = address;
  }

  refused(protocol: Protocol, reason: string, message: string): void {
    const counts = this.#of(protocol);
    add(counts.refused, reason, 1);
    counts.lastRefusal = { atMs: this.#clock.now(), reason, message };
  }

  accepted(protocol: Protocol, { bytes, spans, reasons, hosts }: AcceptedRequest): void {
    const counts = this.#of(protocol);
    counts.requests += 1;
    counts.bytes += bytes;
    counts.spans += spans;
    for (const [reason, count] of reasons) add(counts.rejected, reason, count);
    if (spans === 0) return;
    const now = this.#clock.now();
    counts.lastSpanAtMs = now;
    // What was stored in a file long ago tells nothing of clocks.
    if (protocol !== 'import') this.#heardOf(hosts, now);
  }

  snapshot(): IngestSnapshot {
    return {
      sinceMs: this.#sinceMs,
      protocols: [...this.#counts].map(([protocol, { refused, rejected, ...rest }]) => ({ protocol, ...rest, refused: Object.fromEntries(refused), rejected: Object.fromEntries(rejected) })),
      hosts: [...this.#hosts.values()].reverse(),
    };
  }

  #of(protocol: Protocol): Counts {
    const counts = this.#counts.get(protocol);
    if (counts === undefined) throw new Error(`${protocol} is no protocol`);
    return counts;
  }

  #heardOf(arrived: readonly HostSpans[], now: number): void {
    for (const { host, service, spans, endUnixNano } of arrived) {
      const delayMs = now - Number(BigInt(endUnixNano) / 1000n) / 1000;
      const before = this.#hosts.get(host);
      // Deleted first, so that it becomes the last.
      this.#hosts.delete(host);
      this.#hosts.set(host, { host, service, spans: (before?.spans ?? 0) + spans, lastSpanAtMs: now, delayMs, leastDelayMs: Math.min(before?.leastDelayMs ?? Infinity, delayMs) });
    }
    for (const host of this.#hosts.keys()) {
      if (this.#hosts.size <= MAX_HOSTS) break;
      this.#hosts.delete(host);
    }
  }
}

function add(counts: Map<string, number>, reason: string, count: number): void {
  const key = counts.has(reason) || counts.size < MAX_REASONS ? reason : 'other';
  counts.set(key, (counts.get(key) ?? 0) + count);
}

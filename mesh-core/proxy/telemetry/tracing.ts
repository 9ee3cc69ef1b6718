import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Span, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { HcmTracing } from '#mesh-core/domain/envoy/telemetry.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { customTags } from './custom-tags.ts';
import type { CompiledTag } from './custom-tags.ts';
import { readBareSamplingDecision, readTraceContext, writeTraceContext } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';
import { formatFlags } from './request-record.ts';
import type { RequestRecord } from './request-record.ts';

export interface TracingOptions {
  /** `http://127.0.0.1:4318/v1/traces`, or `grpc://127.0.0.1:4317` for OTLP by gRPC; absent = context is passed on, nothing is exported. */
  readonly otlpUrl?: string;
  /** For tests, instead of `otlpUrl`. */
  readonly exporter?: SpanExporter;
  /** Share of new traces that are sampled, 0..1. A caller's decision is kept. */
  readonly samplingRatio: number;
  readonly random: Random;
  readonly serviceName: string;
  readonly node: { readonly id: string; readonly namespace: string; readonly workload: string; readonly canonicalService: string; readonly canonicalRevision: string };
}
const LAST_SPANS_MS = 800;

/** The span of one proxied request; `headers` of the request now carry it. */
export interface RequestSpan {
  readonly traceId: string;
  readonly sampled: boolean;
  end(record: RequestRecord): void;
}

function exporterTo(url: string): SpanExporter {
  const limits = { timeoutMillis: 5000, concurrencyLimit: 2 };
  return url.startsWith('grpc://') ? new GrpcExporter({ ...limits, url: url.replace('grpc://', 'http://') }) : new HttpExporter({ ...limits, url });
}

/** How one listener traces its requests. */
export interface ListenerTracing {
  /** Begins the span of a request and rewrites its trace headers. */
  start(headers: Record<string, string | string[] | undefined>, record: RequestRecord): RequestSpan;
}
/** `00` … `ff` */
const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

interface ListenerPlan {
  readonly share: number;
  readonly tags: readonly CompiledTag[];
  readonly maxPathLength: number;
}
/** Envoy's. */
const DEFAULT_MAX_PATH_LENGTH = 256;

/**
 * Starts spans as Istio's proxies do: CLIENT on the outbound side, SERVER on the inbound side, the latter a child of the
 * former through the headers. Export is in batches through a bounded queue; a dead collector costs spans, never requests.
 */
export class RequestTracing {
  readonly #options: TracingOptions;
  readonly #provider: TracerProvider;
  readonly #recording: Tracer;
  readonly #fixedTags: Record<string, string>;

  constructor(options: TracingOptions) {
    this.#options = options;
    const exporter = options.exporter ?? (options.otlpUrl === undefined ? undefined : exporterTo(options.otlpUrl));
    const resource = resourceFromAttributes({ 'service.name': options.serviceName, 'service.namespace': options.node.namespace, 'service.version': options.node.canonicalRevision, 'host.name': '127.0.0.1', 'k8s.namespace.name': options.node.namespace, 'k8s.deployment.name': options.node.workload });
    const spanProcessors = exporter === undefined ? [] : [new BatchSpanProcessor({ exporter, maxQueueSize: 4096, maxExportBatchSize: 512, scheduledDelayMillis: 1000, exportTimeoutMillis: 5000 })];
    this.#provider = new TracerProvider({ resource, spanProcessors, sampler: exporter === undefined ? new AlwaysOffSampler() : new AlwaysOnSampler() });
    this.#recording = this.#provider.getTracer('binnacle-proxy');
    this.#fixedTags = {
      component: 'proxy',
      node_id: options.node.id,
      'istio.canonical_service': options.node.canonicalService,
      'istio.canonical_revision': options.node.canonicalRevision,
      'istio.namespace': options.node.namespace,
      'istio.mesh_id': 'cluster.local',
      'istio.cluster_id': 'Kubernetes',
      downstream_cluster: '-',
    };
  }

  /** How one listener traces: its share of new traces and its tags, worked out once. */
  forListener(kind: 'client' | 'server', config: HcmTracing): ListenerTracing {
    // A message without its value is 0 %: the wire leaves zeros out.
    const overall = config.overallSampling === undefined ? 1 : (config.overallSampling.value ?? 0) / 100;
    const share = overall * (config.randomSampling === undefined ? this.#options.samplingRatio : (config.randomSampling.value ?? 0) / 100);
    const tags = customTags(config.customTags ?? []);
    const maxPathLength = config.maxPathTagLength ?? DEFAULT_MAX_PATH_LENGTH;
    return { start: (headers, record) => this.#start(kind, headers, record, { share, tags, maxPathLength }) };
  }

  #start(kind: 'client' | 'server', headers: Record<string, string | string[] | undefined>, record: RequestRecord, { share, tags, maxPathLength }: ListenerPlan): RequestSpan {
    const parent = readTraceContext(headers);
    const sampled = parent?.sampled ?? readBareSamplingDecision(headers) ?? this.#options.random() < share;
    if (!sampled) return this.#passOn(headers, parent);
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { traceId: parent.traceId, spanId: parent.spanId, traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true });
    const span = this.#recording.startSpan(record.operation || record.authority || 'unknown', { kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.SERVER, startTime: record.startedAtMs }, context);
    const { traceId, spanId } = span.spanContext();
    writeTraceContext(headers, { traceId, spanId, sampled }, parent?.spanId);
    return {
      traceId,
      sampled,
      end: (finished) => {
        // What the caller proved itself to be; of a client it would be whom it called.
        if (kind === 'server' && finished.mutualTls && finished.peerPrincipal !== undefined) span.setAttribute('downstream_peer_uri_san', finished.peerPrincipal);
        this.#end(span, finished, tags, maxPathLength);
      },
    };
  }

  /** Most requests are not sampled: they carry a context on, and need no span for that. */
  #passOn(headers: Record<string, string | string[] | undefined>, parent: TraceContext | undefined): RequestSpan {
    const traceId = parent?.traceId ?? this.#randomHex() + this.#randomHex();
    writeTraceContext(headers, { traceId, spanId: this.#randomHex(), sampled: false }, parent?.spanId);
    return { traceId, sampled: false, end: () => {} };
  }

  /** 16 digits, not all of them zero. */
  #randomHex(): string {
    const { random } = this.#options;
    let text = '';
    // By bytes of a table: printing large numbers in hex is slow.
    for (let i = 0; i < 4; i++) {
      const bits = Math.floor(random() * 0xffff) + 1;
      text += (HEX_BYTES[bits >> 8] ?? '') + (HEX_BYTES[bits & 0xff] ?? '');
    }
    return text;
  }

  /** Sends what is queued, at most for 0.8 s: a workload must not stay because a collector is away. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_SPANS_MS);
    });
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  #end(span: Span, record: RequestRecord, tags: readonly CompiledTag[], maxPathLength: number): void {
    if (!span.isRecording()) return;
    if (record.operation !== '') span.updateName(record.operation);
    span.setAttributes({
      ...this.#fixedTags,
      'guid:x-request-id': record.requestId,
      'http.url': `http://${record.authority}${record.path.slice(0, maxPathLength)}`,
      'http.method': record.method,
      'http.protocol': record.protocol,
      'http.status_code': String(record.status),
      user_agent: record.userAgent || '-',
      request_size: String(record.bytesReceived),
      response_size: String(record.bytesSent),
      response_flags: formatFlags(record.flags),
      upstream_cluster: record.clusterName || '-',
      'upstream_cluster.name': record.clusterName || '-',
      'peer.address': record.upstreamHost || record.downstreamRemote,
    });
    for (const { tag, read } of tags) {
      const value = read(record);
      if (value !== undefined && value !== '') span.setAttribute(tag, value);
    }
    if (record.isGrpc && record.grpcStatus !== '') span.setAttribute('grpc.status_code', record.grpcStatus);
    if (record.details !== '' && record.details !== 'via_upstream') span.setAttribute('response_code_details', record.details);
    if (record.status >= 500 || record.status === 0) {
      span.setAttribute('error', true);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(record.startedAtMs + record.durationMs);
  }
}

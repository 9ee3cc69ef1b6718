import { parseArgs } from 'node:util';
import type { RemotePrometheusFlags } from '#server/adapters/prometheus/remote-options.ts';
import { compileAnchored } from '#server/timeseries/label-matcher.ts';

/** What Prometheus keeps behind feature flags, under its names for them. */
export const FEATURES = ['promql-experimental-functions', 'promql-delayed-name-removal', 'st-storage', 'use-start-timestamps'] as const;
export type Feature = (typeof FEATURES)[number];

/** How the console's server is started. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly controlPlaneUrl: string | undefined;
  readonly pagesUrl: string | undefined;
  readonly otlpPort: number;
  /** undefined: not received; the same for Zipkin's. */
  readonly otlpGrpcPort: number | undefined;
  readonly zipkinPort: number | undefined;
  /** Where Jaeger's query API is served over gRPC; undefined: nowhere. */
  readonly jaegerGrpcPort: number | undefined;
  /** Origins whose pages may send spans: an RE2 pattern. */
  readonly otlpCorsOrigin: string | undefined;
  readonly retentionMs: number;
  readonly maxTraceBytes: number;
  readonly maxMetricsBytes: number;
  readonly outOfOrderMs: number;
  readonly maxSeries: number;
  readonly scrapeSeconds: number;
  /** A file with jobs to scrape besides the mesh, in Prometheus' form. */
  readonly scrapeConfig: string | undefined;
  readonly features: ReadonlySet<Feature>;
  readonly prometheusUrl: string | undefined;
  /** How to get in at `prometheusUrl`. */
  readonly prometheus: RemotePrometheusFlags;
  readonly jaegerUrl: string | undefined;
  readonly tempoUrl: string | undefined;
  /** How to get in at `jaegerUrl` and `tempoUrl`. */
  readonly traces: RemotePrometheusFlags;
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may read the Prometheus API: an RE2 pattern. */
  readonly corsOrigin: string | undefined;
}

export const SERVER_HELP = `Usage: node server/main.ts [options]

  --host ADDRESS              address to listen on (127.0.0.1)
  --port PORT                 the console (3000; 0 = any free port)
  --otlp-port PORT            spans: OTLP over HTTP (4318)
  --otlp-grpc-port PORT       spans: OTLP over gRPC (4317; off = none)
  --zipkin-port PORT          spans: Zipkin's, over HTTP (9411; off = none)
  --jaeger-grpc-port PORT     traces out: Jaeger's query API over gRPC (off; Jaeger's own is 16685; 0 = any free port)
  --otlp-cors-origin PATTERN  pages of other origins that may send spans (none)
  --data-dir DIR              metrics, spans, audit, sign-in state (.binnacle)
  --kubeconfig FILE           the Kubernetes API to use (DIR/kubeconfig)
  --control-plane-url URL     the control plane's monitoring port (from DIR/control/endpoints.json)
  --pages-url URL             the process that draws the pages; without it only the API is served
  --prometheus-url URL        read metrics from this Prometheus instead of scraping
  --prometheus-user NAME      sign in there with this name …
  --prometheus-password-file FILE  … and the password in this file
  --prometheus-token-file FILE  sign in there with the bearer token in this file
  --prometheus-header TEXT    send this header there ("X-Scope-OrgID: shop"); may be repeated
  --prometheus-ca FILE        authorities (PEM) that may have signed its certificate
  --prometheus-timeout-seconds N  longest time it may take to answer (30)
  --jaeger-url URL            read traces from this Jaeger instead of receiving spans
  --tempo-url URL             read traces from this Tempo instead of receiving spans; both may be given
  --traces-user, --traces-password-file, --traces-token-file, --traces-header, --traces-ca, --traces-timeout-seconds
                              how to get in there, as the options of Prometheus (10 s)
  --retention-hours N         how long metrics and spans are kept (6)
  --max-trace-megabytes N     most that spans may take on disk (2048)
  --max-metrics-megabytes N   most that metrics may take on disk (4096)
  --max-series N              most metric series at a time (500000)
  --out-of-order-minutes N    how late a sample may come (0: only in order)
  --scrape-seconds N          how often targets are scraped (5)
  --scrape-config FILE        scrape these jobs too: the scrape_configs of a Prometheus configuration
  --enable-feature LIST       of Prometheus' feature flags: ${FEATURES.join(', ')}
  --allowed-host NAME         a further host name this console answers to; may be repeated
  --cors-origin PATTERN       pages of other origins that may read the Prometheus API (none)
`;

/** Parses the command line; an error is one sentence for a person. `help` = print SERVER_HELP and end. */
export function parseServerOptions(argv: readonly string[]): { readonly kind: 'options'; readonly options: ServerOptions } | { readonly kind: 'help' } | { readonly kind: 'error'; readonly message: string } {
  let values: Record<string, string | boolean | string[] | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '3000' },
        'otlp-port': { type: 'string', default: '4318' },
        'otlp-grpc-port': { type: 'string', default: '4317' },
        'zipkin-port': { type: 'string', default: '9411' },
        'jaeger-grpc-port': { type: 'string', default: 'off' },
        'otlp-cors-origin': { type: 'string' },
        'data-dir': { type: 'string', default: '.binnacle' },
        kubeconfig: { type: 'string' },
        'control-plane-url': { type: 'string' },
        'pages-url': { type: 'string' },
        'prometheus-url': { type: 'string' },
        'prometheus-user': { type: 'string' },
        'prometheus-password-file': { type: 'string' },
        'prometheus-token-file': { type: 'string' },
        'prometheus-header': { type: 'string', multiple: true, default: [] },
        'prometheus-ca': { type: 'string' },
        'prometheus-timeout-seconds': { type: 'string', default: '30' },
        'jaeger-url': { type: 'string' },
        'tempo-url': { type: 'string' },
        'traces-user': { type: 'string' },
        'traces-password-file': { type: 'string' },
        'traces-token-file': { type: 'string' },
        'traces-header': { type: 'string', multiple: true, default: [] },
        'traces-ca': { type: 'string' },
        'traces-timeout-seconds': { type: 'string', default: '10' },
        'retention-hours': { type: 'string', default: '6' },
        'max-trace-megabytes': { type: 'string', default: '2048' },
        'max-metrics-megabytes': { type: 'string', default: '4096' },
        'max-series': { type: 'string', default: '500000' },
        'out-of-order-minutes': { type: 'string', default: '0' },
        'scrape-seconds': { type: 'string', default: '5' },
        'scrape-config': { type: 'string' },
        'enable-feature': { type: 'string', multiple: true, default: [] },
        'allowed-host': { type: 'string', multiple: true, default: [] },
        'cors-origin': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return { kind: 'error', message: `${error instanceof Error ? error.message : String(error)}; --help lists the options.` };
  }
  if (values['help'] === true) return { kind: 'help' };
  const text = (name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
  const problems: string[] = [];
  const number = (name: string, low: number, high: number): number => {
    const value = Number(text(name));
    if (!Number.isFinite(value) || value < low || value > high) problems.push(`--${name} takes a number from ${low} to ${high}, not "${text(name) ?? ''}".`);
    return value;
  };
  const portOrOff = (name: string): number | undefined => (text(name) === 'off' ? undefined : number(name, 0, 65535));
  const url = (name: string): string | undefined => {
    const value = text(name);
    const protocol = value === undefined ? 'http:' : URL.parse(value)?.protocol;
    if (protocol !== 'http:' && protocol !== 'https:') problems.push(`--${name} takes an http or https address, not "${value ?? ''}".`);
    return value;
  };
  const headers = (name: string): Readonly<Record<string, string>> => {
    const given = values[name];
    const pairs = (Array.isArray(given) ? given : []).map((header) => /^([!#$%&'*+.^`|~\w-]+):[ \t]*([^\r\n]*)$/.exec(header) ?? header);
    const wrong = pairs.find((pair) => typeof pair === 'string');
    if (wrong !== undefined) problems.push(`--${name} takes a header such as "X-Scope-OrgID: shop", not "${String(wrong)}".`);
    return Object.fromEntries(pairs.map((pair) => [String(pair[1]).toLowerCase(), String(pair[2])]));
  };
  const pattern = (name: string): string | undefined => {
    const value = text(name);
    try {
      if (value !== undefined) compileAnchored(value);
    } catch (error) {
      problems.push(`--${name} takes a regular expression, and "${value ?? ''}" is none: ${error instanceof Error ? error.message : String(error)}.`);
    }
    return value;
  };
  const access = (prefix: 'prometheus' | 'traces'): RemotePrometheusFlags => {
    const given = { user: text(`${prefix}-user`), passwordFile: text(`${prefix}-password-file`), tokenFile: text(`${prefix}-token-file`) };
    if (given.passwordFile !== undefined && given.user === undefined) problems.push(`--${prefix}-password-file needs --${prefix}-user.`);
    if (given.tokenFile !== undefined && given.user !== undefined) problems.push(`--${prefix}-token-file and --${prefix}-user exclude each other.`);
    return { ...given, headers: headers(`${prefix}-header`), caFile: text(`${prefix}-ca`), timeoutMs: number(`${prefix}-timeout-seconds`, 0.1, 3600) * 1000 };
  };
  const dataDir = text('data-dir') ?? '.binnacle';
  const host = text('host') ?? '127.0.0.1';
  const options: ServerOptions = {
    host,
    port: number('port', 0, 65535),
    dataDir,
    kubeconfig: text('kubeconfig') ?? `${dataDir}/kubeconfig`,
    controlPlaneUrl: url('control-plane-url'),
    pagesUrl: url('pages-url'),
    otlpPort: number('otlp-port', 0, 65535),
    otlpGrpcPort: portOrOff('otlp-grpc-port'),
    zipkinPort: portOrOff('zipkin-port'),
    jaegerGrpcPort: portOrOff('jaeger-grpc-port'),
    otlpCorsOrigin: pattern('otlp-cors-origin'),
    retentionMs: number('retention-hours', 0.01, 24 * 366) * 3600_000,
    maxTraceBytes: number('max-trace-megabytes', 16, 1_000_000) * 1024 * 1024,
    maxMetricsBytes: number('max-metrics-megabytes', 16, 10_000_000) * 1024 * 1024,
    maxSeries: number('max-series', 1, 100_000_000),
    outOfOrderMs: number('out-of-order-minutes', 0, 60 * 24 * 31) * 60_000,
    scrapeSeconds: number('scrape-seconds', 0.2, 3600),
    scrapeConfig: text('scrape-config'),
    features: new Set(features(values['enable-feature'], problems)),
    prometheusUrl: url('prometheus-url'),
    prometheus: access('prometheus'),
    jaegerUrl: url('jaeger-url'),
    tempoUrl: url('tempo-url'),
    traces: access('traces'),
    corsOrigin: pattern('cors-origin'),
    // Browsers send names in lower case, and IPv6 addresses in brackets.
    allowedHosts: ['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host, ...(Array.isArray(values['allowed-host']) ? values['allowed-host'] : [])].map((name) => String(name).toLowerCase()),
  };
  if (options.prometheusUrl !== undefined && options.scrapeConfig !== undefined) problems.push('--scrape-config has no use with --prometheus-url: that Prometheus scrapes by itself.');
  const first = problems[0];
  return first === undefined ? { kind: 'options', options } : { kind: 'error', message: first };
}

function features(given: string | boolean | string[] | undefined, problems: string[]): Feature[] {
  const names = (Array.isArray(given) ? given : []).flatMap((list) => list.split(','));
  return names.flatMap((name) => {
    const known = FEATURES.find((feature) => feature === name);
    if (known === undefined) problems.push(`--enable-feature knows ${FEATURES.join(', ')}, not "${name}".`);
    return known ?? [];
  });
}

/** The formats a target may be asked for, under Prometheus' names for them. */
export const SCRAPE_PROTOCOLS = ['PrometheusProto', 'OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0', 'PrometheusText0.0.4'] as const;
export type ScrapeProtocol = (typeof SCRAPE_PROTOCOLS)[number];

/** How a target is asked to write names that are not plain: in quotes, or made plain. */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

export type MediaType = 'application/vnd.google.protobuf' | 'application/openmetrics-text' | 'text/plain';

const HEADERS: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
};
const NAMES_ESCAPING: ReadonlySet<ScrapeProtocol> = new Set<ScrapeProtocol>(['PrometheusText1.0.0', 'OpenMetricsText1.0.0']);

/** Prometheus' order of preference when a job names none: protobuf only where native histograms are wanted. */
export function defaultProtocols(nativeHistograms: boolean): readonly ScrapeProtocol[] {
  return nativeHistograms ? SCRAPE_PROTOCOLS : SCRAPE_PROTOCOLS.slice(1);
}

/** The Accept header for these protocols, the first preferred most. Source: Prometheus scrape/scrape.go acceptHeader. */
export function acceptHeader(protocols: readonly ScrapeProtocol[], escaping: EscapingScheme): string {
  const most = SCRAPE_PROTOCOLS.length + 1;
  const values = protocols.map((protocol, i) => `${HEADERS[protocol]}${NAMES_ESCAPING.has(protocol) ? `;escaping=${escaping}` : ''};q=0.${most - i}`);
  return [...values, `*/*;q=0.${most - protocols.length}`].join(',');
}

/** What a page is read as, or why it cannot be read. `unexpected` is set when only the fallback made it readable. */
export type PageFormat = { readonly kind: 'format'; readonly mediaType: MediaType; readonly unexpected?: string } | { readonly kind: 'unreadable'; readonly reason: string };

const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/;

/**
 * The format of a page by its Content-Type, or by the fallback where that says nothing useful. Source: Prometheus
 * model/textparse/interface.go extractMediaType.
 */
export function formatOf(contentType: string, fallback?: ScrapeProtocol): PageFormat {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (isMediaType(type)) return { kind: 'format', mediaType: type };
  const problem =
    contentType === ''
      ? 'the target does not say what it answers with (no Content-Type)'
      : MEDIA_TYPE.test(type)
        ? `the target answered with ${type}, not with a format of metrics`
        : `the target answered with a Content-Type that cannot be read: ${JSON.stringify(contentType.slice(0, 60))}`;
  if (fallback === undefined) return { kind: 'unreadable', reason: `${problem}, and its job has no fallback_scrape_protocol` };
  return { kind: 'format', mediaType: mediaTypeOf(fallback), unexpected: problem };
}

function isMediaType(type: string): type is MediaType {
  return type === 'application/openmetrics-text' || type === 'application/vnd.google.protobuf' || type === 'text/plain';
}

function mediaTypeOf(protocol: ScrapeProtocol): MediaType {
  if (protocol === 'PrometheusProto') return 'application/vnd.google.protobuf';
  return protocol.startsWith('OpenMetrics') ? 'application/openmetrics-text' : 'text/plain';
}

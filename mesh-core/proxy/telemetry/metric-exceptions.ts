import type { MetricConfig, StatsConfig } from '#mesh-core/domain/envoy/telemetry.ts';
import type { IstioMetrics, Reporter } from './istio-metrics.ts';
import type { PrebuiltCounter, PrebuiltHistogram } from './prebuilt-metrics.ts';
import { compileExpression, expressionText } from './request-attributes.ts';
import type { RequestExpression } from './request-attributes.ts';
import type { RequestRecord } from './request-record.ts';

/** Counts a finished request. */
export type RequestObserver = (record: RequestRecord) => void;

const MAX_SERIES = 5000;

interface Exception {
  readonly drop: boolean;
  readonly removed: ReadonlySet<string>;
  readonly dimensions: readonly (readonly [string, RequestExpression | undefined])[];
}
type Measure = (record: RequestRecord, labels: Record<string, string>) => void;

/**
 * How a listener counts its requests: as always, or with the exceptions that Telemetry makes: metrics dropped, tags taken away,
 * tags whose value is an expression. Past 5,000 combinations of values further ones are counted under `unknown`, as what clients
 * send must not fill the memory. Source: istio/proxy, the istio_stats filter.
 */
export function requestObserver(metrics: IstioMetrics, reporter: Reporter, config: StatsConfig | undefined): RequestObserver {
  const exceptions = config?.metrics ?? [];
  if (exceptions.length === 0) return (record) => metrics.observe(record, reporter);
  const { requests_total: requests, request_duration_milliseconds: duration, request_bytes: requestBytes, response_bytes: responseBytes } = metrics.families;
  const known = new Set<string>();
  const measures: Measure[] = [
    ...counterMeasure(requests, exceptionFor('requests_total', exceptions), known),
    ...histogramMeasure(duration, exceptionFor('request_duration_milliseconds', exceptions), known, ({ durationMs }) => durationMs),
    ...histogramMeasure(requestBytes, exceptionFor('request_bytes', exceptions), known, ({ bytesReceived }) => bytesReceived),
    ...histogramMeasure(responseBytes, exceptionFor('response_bytes', exceptions), known, ({ bytesSent }) => bytesSent),
  ];
  if (measures.length === 0) return () => {};
  return (record) => {
    const labels = metrics.labelsOf(record, reporter);
    for (const measure of measures) measure(record, labels);
  };
}

/** Do expressions of the exceptions look at headers, which are then kept until the request has ended? */
export function needsHeaders(config: StatsConfig | undefined): boolean {
  return (config?.metrics ?? []).some(({ dimensions = {} }) => Object.values(dimensions).some((text) => text.includes('headers') || text.includes('referer') || text.includes('scheme')));
}

function exceptionFor(metric: string, configs: readonly MetricConfig[]): Exception {
  const applied = configs.filter(({ name = '' }) => name === '' || name === metric);
  return {
    drop: applied.some(({ drop }) => drop === true),
    removed: new Set(applied.flatMap(({ tags_to_remove: tags = [] }) => tags)),
    dimensions: applied.flatMap(({ dimensions = {} }) => Object.entries(dimensions).map(([tag, text]) => [tag, compileExpression(text)] as const)),
  };
}

function counterMeasure(family: PrebuiltCounter, exception: Exception, known: Set<string>): Measure[] {
  return exception.drop ? [] : [(record, labels) => family.series(labelsWith(exception, record, labels, known)).value++];
}

function histogramMeasure(family: PrebuiltHistogram, exception: Exception, known: Set<string>, read: (record: RequestRecord) => number): Measure[] {
  return exception.drop ? [] : [(record, labels) => family.series(labelsWith(exception, record, labels, known)).observe(read(record))];
}

function labelsWith({ removed, dimensions }: Exception, record: RequestRecord, labels: Record<string, string>, known: Set<string>): Record<string, string> {
  const changed = { ...labels };
  for (const [tag, expression] of dimensions) changed[tag] = expression === undefined ? 'unknown' : expressionText(expression(record));
  for (const tag of removed) delete changed[tag];
  const key = JSON.stringify(changed);
  if (known.has(key)) return changed;
  if (known.size < MAX_SERIES) {
    known.add(key);
    return changed;
  }
  for (const [tag] of dimensions) if (tag in changed) changed[tag] = 'unknown';
  return { ...changed, destination_service: 'unknown', destination_service_name: 'unknown', destination_service_namespace: 'unknown' };
}

/**
 * What Jaeger's own benchmark of its ClickHouse storage says of ten million spans in a million traces on 4 cores and 60 GB
 * (internal/storage/v2/clickhouse/BENCHMARKING.md in Jaeger's repository, August 2026): not run here, milliseconds.
 */
export const JAEGER_CLICKHOUSE = { traceById: 101, attribute: 1769, severalConditions: 139, spansPerSecond: 52_129, bytesPerSpan: 76 } as const;

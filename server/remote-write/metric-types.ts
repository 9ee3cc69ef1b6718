/** MetricType of the metadata messages by number; 1.0 and 2.0 share them. */
const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'] as const;

/** The name of a metric type; 'unknown' for numbers that are not in use. */
export function metricTypeName(number: number): string {
  return TYPES[number] ?? 'unknown';
}

/** The name of the metric family that a series of this name and type belongs to. */
export function familyName(metricName: string, type: string): string {
  if (type === 'histogram' || type === 'gaugehistogram') return metricName.replace(/_(bucket|count|sum)$/, '');
  return type === 'summary' ? metricName.replace(/_(count|sum)$/, '') : metricName;
}

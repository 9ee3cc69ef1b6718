import { seriesColor } from '#components/charts/chart-series.ts';
import type { SpanView } from '#server/traces/schemas.ts';

/** A colour per service of a trace, in the order the services first appear: neighbours differ, whatever their names. */
export function serviceColors(spans: readonly Pick<SpanView, 'service'>[]): ReadonlyMap<string, string> {
  const colors = new Map<string, string>();
  for (const { service } of spans) if (!colors.has(service)) colors.set(service, seriesColor(colors.size));
  return colors;
}

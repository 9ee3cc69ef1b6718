import { paths } from '#components/api/paths.ts';
import type { ChartMarker } from '#components/charts/chart-markers.tsx';
import type { AuditEntry } from '#server/audit/audit-log.ts';

/** Nearer together than this they would be one line anyway. */
const SAME_LINE_MS = 3000;

/** Changes of objects as chart markers within `fromMs`..`toMs`; changes made together share one. */
export function markersOf(entries: readonly AuditEntry[], fromMs: number, toMs: number): ChartMarker[] {
  const markers: { t: number; label: string; href: string }[] = [];
  for (const { object, time, action, actor } of entries.toReversed()) {
    const t = Date.parse(time);
    if (object === undefined || !(t >= fromMs && t <= toMs)) continue;
    const label = `${action} ${object.kind} ${object.name} by ${actor.slice(actor.indexOf(':') + 1)}`;
    const last = markers.at(-1);
    if (last !== undefined && t - last.t < SAME_LINE_MS) last.label += `; ${label}`;
    else markers.push({ t, label, href: paths.history() });
  }
  return markers;
}

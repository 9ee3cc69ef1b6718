'use client';

import { absoluteTimeText, relativeTimeText } from '#components/time/relative-time-text.ts';
import { useClock } from '#components/time/use-clock.ts';

/** `4 s ago`, kept current; the full date and time on hover. Takes Unix ms or an ISO string. */
export function RelativeTime({ at }: { readonly at: number | string | undefined }) {
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  const nowMs = useClock();
  if (ms === undefined || Number.isNaN(ms)) return <span className="text-fg-tertiary">—</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={absoluteTimeText(ms)} className="whitespace-nowrap tabular-nums">
      {relativeTimeText(ms, nowMs)}
    </time>
  );
}

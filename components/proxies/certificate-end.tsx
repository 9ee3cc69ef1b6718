'use client';

import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { useClock } from '#components/time/use-clock.ts';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { msOf } from './read-proxy.ts';

/** When a workload certificate ends. They rotate well before: one that has ended means rotation failed. */
export function CertificateEnd({ notAfter }: { readonly notAfter: string | number | undefined }) {
  const nowMs = useClock();
  if (notAfter === undefined) return <span className="text-fg-tertiary">—</span>;
  const ended = nowMs > 0 && msOf(notAfter) <= nowMs;
  return (
    <span className="inline-flex items-center gap-1.5">
      {ended && <StatusGlyph status="failing" label="Ended" />}
      <RelativeTime at={notAfter} />
    </span>
  );
}

'use client';

import { RotateCw } from 'lucide-react';
import { useEffect } from 'react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';

export interface PageCrashProps {
  readonly error: Error & { readonly digest?: string };
  readonly onRetry: () => void;
}

/** A fault in the page's own code. Needs none of the providers: they may be what failed. */
export function PageCrash({ error, onRetry }: PageCrashProps) {
  useEffect(() => console.error(error), [error]);
  return (
    <div role="alert" className="flex h-full min-h-[60vh] flex-col items-center justify-center gap-1 p-6 text-center">
      <p className="flex items-center gap-2 text-section font-semibold">
        <StatusGlyph status="failing" size={16} />
        This page failed
      </p>
      <p className="max-w-[60ch] text-body text-fg-secondary">The fault is in the console, not in the mesh: traffic and rollouts are not touched by it.</p>
      <code className="mt-2 max-w-full rounded-control bg-sunken px-2 py-1 font-mono text-label break-words">
        {error.message}
        {error.digest !== undefined && ` (${error.digest})`}
      </code>
      <div className="mt-3 flex gap-2">
        <button type="button" onClick={onRetry} className="inline-flex h-7 items-center gap-1.5 rounded-control border border-line-strong px-2 text-label font-medium hover:bg-hover">
          <RotateCw className="size-3.5" aria-hidden />
          Try again
        </button>
      </div>
    </div>
  );
}

'use client';

import { Download, GitCompareArrows, X } from 'lucide-react';
import { useState } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { showErrorToast } from '#components/ui/toast.tsx';
import { exportTraces } from './transfer.ts';
import type { Search } from './use-search.ts';

/** What can be done with the chosen traces: two are compared, any number is exported. */
export function PickedBar({ search }: { readonly search: Search }) {
  const { pick } = search.state;
  const [pending, setPending] = useState(false);
  const download = (): void => {
    setPending(true);
    exportTraces(pick)
      .catch((error: unknown) => showErrorToast('Could not export the traces', error))
      .finally(() => setPending(false));
  };
  const [a, b] = pick;
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-2 border-y border-line bg-selected px-3 py-1" role="region" aria-label="Chosen traces">
      <span className="text-label font-medium tabular-nums">{pick.length} chosen</span>
      {a !== undefined && b !== undefined && pick.length === 2 ? (
        <AppLink href={withParams(paths.traceCompare(), { a, b })} className={buttonClass()}>
          <GitCompareArrows aria-hidden />
          Compare the two
        </AppLink>
      ) : (
        <span className="text-label text-fg-secondary">Choose two to compare them.</span>
      )}
      <Button icon={<Download />} pending={pending} onClick={download}>
        Export as OTLP
      </Button>
      <IconButton label="Choose none" icon={<X />} onClick={() => search.set({ pick: [] })} className="ml-auto" />
    </div>
  );
}

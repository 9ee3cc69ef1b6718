'use client';

import { Dialog } from '#components/ui/dialog.tsx';
import { Kbd } from '#components/ui/kbd.tsx';
import { TRACE_KEYS } from './timeline/timeline-keys.ts';

/** Every key of the trace page, and what bars mean. */
export function KeyHelp({ open, onOpenChange }: { readonly open: boolean; readonly onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys of the trace page" description="Everything here can be done with the mouse too.">
      <dl className="grid grid-cols-2 gap-x-8 max-sm:grid-cols-1">
        {TRACE_KEYS.map(({ keys, does }) => (
          <div key={does} className="flex min-h-7 items-center justify-between gap-3 border-b border-line-subtle">
            <dt>{does}</dt>
            <dd className="flex shrink-0 gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

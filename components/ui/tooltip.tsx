'use client';

import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './kbd.tsx';

export interface TooltipProps {
  readonly content: ReactNode;
  readonly keys?: readonly string[];
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  /** The element described; it must take a ref and be focusable if the text matters. */
  readonly children: ReactElement<Record<string, unknown>>;
}

/** A short text on hover and focus. Never the only place of something important. */
export function Tooltip({ content, keys, side = 'bottom', children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="popup-motion flex max-w-80 items-center gap-2 rounded-control bg-inverse px-2 py-1 text-label text-fg-inverse">
            <span className="min-w-0 break-words">{content}</span>
            {keys !== undefined && (
              <span className="flex gap-0.5 opacity-75">
                {keys.map((key, index) => (
                  <Kbd key={`${index}${key}`} plain>
                    {key}
                  </Kbd>
                ))}
              </span>
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** One delay for all tooltips: the first waits, neighbours follow at once. */
export function TooltipProvider({ children }: { readonly children: ReactNode }) {
  return <Base.Provider delay={350}>{children}</Base.Provider>;
}

'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import { cx } from './class-names.ts';
import { IconButton } from './icon-button.tsx';

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons, right-aligned, the main one last. */
  readonly footer?: ReactNode;
  readonly size?: 'sm' | 'md' | 'lg';
}

const WIDTHS = { sm: 'w-[420px]', md: 'w-[600px]', lg: 'w-[960px]' };
export const scrimClass = 'fixed inset-0 z-40 bg-scrim transition-opacity duration-160 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0';

/** A modal dialog: focus is held, Esc and the scrim close it. */
export function Dialog({ open, onOpenChange, title, description, children, footer, size = 'md' }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  // The field to fill in, else the dialog itself: on the close button, its tooltip would swallow the first Esc.
  const firstFocus = (): HTMLElement | null => popup.current?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea') ?? popup.current;
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className={scrimClass} />
        <Base.Popup ref={popup} initialFocus={firstFocus} className={cx('popup-motion fixed top-[12vh] left-1/2 z-50 flex max-h-[76vh] max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col rounded-panel border border-line bg-overlay shadow-overlay outline-none', WIDTHS[size])}>
          <div className="flex items-start gap-3 px-4 pt-3 pb-2">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-section font-semibold">{title}</Base.Title>
              {description !== undefined && <Base.Description className="mt-0.5 text-body text-fg-secondary">{description}</Base.Description>}
            </div>
            <Base.Close render={<IconButton label="Close" icon={<X />} className="-mr-1.5" />} />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-4">{children}</div>
          {footer !== undefined && <div className="flex shrink-0 items-center justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

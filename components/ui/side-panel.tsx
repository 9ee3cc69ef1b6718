'use client';

import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './icon-button.tsx';

export interface SidePanelProps {
  readonly title: ReactNode;
  /** Under the title: kind, namespace, status. */
  readonly subtitle?: ReactNode;
  /** Links and menus, left of the close button. */
  readonly actions?: ReactNode;
  /** Leave out for a panel that is always there. Esc inside the panel calls it too. */
  readonly onClose?: () => void;
  readonly label: string;
  readonly children: ReactNode;
}

/** Details beside the content, not over it. Scrolls by itself; put it in `SplitLayout`. */
export function SidePanel({ title, subtitle, actions, onClose, label, children }: SidePanelProps) {
  return (
    <section
      aria-label={label}
      className="flex h-full min-h-0 flex-col bg-panel"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented && onClose !== undefined) onClose();
      }}
    >
      <header className="flex shrink-0 items-start gap-2 border-b border-line px-3 py-2">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-section font-semibold">{title}</h2>
          {subtitle !== undefined && <div className="text-label text-fg-secondary">{subtitle}</div>}
        </div>
        {actions}
        {onClose !== undefined && <IconButton label="Close" icon={<X />} keys={['Esc']} onClick={onClose} className="-mr-1" />}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </section>
  );
}

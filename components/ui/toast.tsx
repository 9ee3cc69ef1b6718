'use client';

import { Toast as Base } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Status } from '#components/status/status.ts';
import { toApiError } from '#components/api/api-error.ts';
import { IconButton } from './icon-button.tsx';

export interface ToastMessage {
  readonly title: string;
  readonly description?: string;
  readonly status?: Status;
  /** E.g. Undo. */
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

interface ToastData {
  readonly status: Status;
}
const manager = Base.createToastManager<ToastData>();

/** Says that something happened, from anywhere. A failure stays until closed; the rest goes after 5 s (10 s with an action). */
export function showToast({ title, description, status = 'healthy', action }: ToastMessage): void {
  manager.add({
    title,
    ...(description === undefined ? {} : { description }),
    ...(action === undefined ? {} : { actionProps: { children: action.label, onClick: action.onClick } }),
    timeout: status === 'failing' ? 0 : action === undefined ? 5000 : 10_000,
    priority: status === 'failing' ? 'high' : 'low',
    data: { status },
  });
}

/** A failed write as a toast: what was tried, why it failed, what to do. */
export function showErrorToast(title: string, error: unknown): void {
  const { message, hint, requestId } = toApiError(error);
  showToast({ title, description: [message, hint, requestId === undefined ? undefined : `Request ${requestId}`].filter((part) => part !== undefined).join(' '), status: 'failing' });
}

/** Holds the list; once, in the app frame. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-60 flex w-[360px] max-w-[calc(100vw-32px)] flex-col-reverse gap-2">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function ToastList() {
  const { toasts } = Base.useToastManager<ToastData>();
  return toasts.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className="rounded-panel border border-line bg-overlay shadow-overlay transition-opacity duration-160 data-[ending-style]:opacity-0 data-[limited]:hidden data-[starting-style]:opacity-0">
      <Base.Content className="flex items-start gap-2 p-3">
        <span className="mt-0.5">
          <StatusGlyph status={toast.data?.status ?? 'idle'} />
        </span>
        <div className="min-w-0 flex-1">
          <Base.Title className="text-body font-medium" />
          <Base.Description className="text-label break-words text-fg-secondary" />
          <Base.Action className="mt-1.5 h-6 rounded-control border border-line-strong px-2 text-label font-medium hover:bg-hover" />
        </div>
        <Base.Close render={<IconButton label="Dismiss" icon={<X />} className="-mt-1 -mr-1" />} />
      </Base.Content>
    </Base.Root>
  ));
}

'use client';

import { useQuery } from '@tanstack/react-query';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { useCallback, useState, type ReactNode } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { QueryProvider } from '#components/api/query-provider.tsx';
import { CrosshairProvider } from '#components/charts/crosshair.tsx';
import { sessionQuery } from '#components/session/queries.ts';
import { SignInView } from '#components/session/sign-in-view.tsx';
import { TimeProvider } from '#components/time/time-provider.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { ErrorState } from '#components/ui/states.tsx';
import { ToastProvider } from '#components/ui/toast.tsx';
import { TooltipProvider } from '#components/ui/tooltip.tsx';
import { CommandPalette } from './command-palette.tsx';
import { FrameSkeleton } from './frame-skeleton.tsx';
import { useDarkTheme } from './preferences.ts';
import { ShortcutHelp } from './shortcut-help.tsx';
import { Sidebar } from './sidebar.tsx';
import { useAppNavigate } from './use-app-navigate.ts';
import { ServerEventsProvider } from './use-server-events.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** Everything around a page: sign-in, live line, time, keys, sidebar. Pages render `Page` inside. */
export function AppFrame({ children }: { readonly children: ReactNode }) {
  return (
    <NuqsAdapter>
      <QueryProvider>
        <TooltipProvider>
          <ToastProvider>
            <SessionGate>{children}</SessionGate>
          </ToastProvider>
        </TooltipProvider>
      </QueryProvider>
    </NuqsAdapter>
  );
}

/** Nothing asks the server for data before it is known who asks. */
function SessionGate({ children }: { readonly children: ReactNode }) {
  useDarkTheme();
  const { data, error, refetch, isFetching } = useQuery(sessionQuery);
  const problem = error === null ? undefined : toApiError(error);
  if (problem?.code === 'unauthenticated') return <SignInView />;
  if (data !== undefined) {
    return (
      <ServerEventsProvider>
        <TimeProvider>
          <CrosshairProvider>
            <Frame>{children}</Frame>
          </CrosshairProvider>
        </TimeProvider>
      </ServerEventsProvider>
    );
  }
  if (problem === undefined) return <FrameSkeleton />;
  return (
    <FrameSkeleton>
      <ErrorState error={problem} onRetry={() => void refetch()} retrying={isFetching} className="h-full" />
    </FrameSkeleton>
  );
}

function Frame({ children }: { readonly children: ReactNode }) {
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const go = useAppNavigate();
  const range = useTimeRange();
  const openPalette = useCallback(() => setPalette(true), []);
  const openHelp = useCallback(() => setHelp(true), []);
  useShortcuts({ go, openPalette, openHelp, shift: range.shift, toggleLive: range.live ? range.pause : range.resume, refresh: range.refreshNow });
  return (
    <div className="app-root flex h-dvh overflow-hidden">
      <a href="#main" className="sr-only z-60 rounded-control bg-inverse px-3 py-2 text-fg-inverse focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to the content
      </a>
      <Sidebar onSearch={openPalette} onHelp={openHelp} />
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
        {children}
      </main>
      <CommandPalette open={palette} onOpenChange={setPalette} />
      <ShortcutHelp open={help} onOpenChange={setHelp} />
    </div>
  );
}

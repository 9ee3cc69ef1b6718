'use client';

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ApiError } from './api-error.ts';

/** One query client per page load. A 401 anywhere re-reads the session, which shows the sign-in page. */
export function QueryProvider({ children }: { readonly children: ReactNode }) {
  const [client] = useState(makeQueryClient);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

function makeQueryClient(): QueryClient {
  const onError = (error: unknown, isSession: boolean): void => {
    if (!isSession && error instanceof ApiError && error.code === 'unauthenticated') void client.invalidateQueries({ queryKey: ['session'] });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onError(error, query.queryKey[0] === 'session') }),
    mutationCache: new MutationCache({ onError: (error) => onError(error, false) }),
    defaultOptions: {
      queries: {
        staleTime: 4000,
        gcTime: 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 1 && error instanceof ApiError && ['overloaded', 'upstream', 'timeout'].includes(error.code),
        retryDelay: 600,
      },
    },
  });
  return client;
}

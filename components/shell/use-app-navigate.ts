'use client';

import { useRouter } from 'next/navigation';
import { useCallback } from 'react';
import { useViewHref } from './use-view-href.ts';

/** Goes to a link of `paths`, keeping the view: for rows, keys and commands. */
export function useAppNavigate(): (href: string) => void {
  const router = useRouter();
  const viewHref = useViewHref();
  return useCallback((href) => router.push(viewHref(href)), [router, viewHref]);
}

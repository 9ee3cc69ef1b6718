'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';
import { withParams } from '#components/api/paths.ts';
import { VIEW_KEYS } from '#components/time/search-params.ts';

/** Turns a link of `paths` into one that keeps the namespaces and the time being looked at. */
export function useViewHref(): (href: string) => string {
  const search = useSearchParams();
  return useCallback((href) => withParams(href, Object.fromEntries(VIEW_KEYS.map((key) => [key, search.get(key)]))), [search]);
}

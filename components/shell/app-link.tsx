'use client';

import Link from 'next/link';
import type { ComponentProps } from 'react';
import { useViewHref } from './use-view-href.ts';

/** A link within the console that keeps the view (namespaces, time). Use it for every internal link. */
export function AppLink({ href, ...rest }: Omit<ComponentProps<typeof Link>, 'href'> & { readonly href: string }) {
  const viewHref = useViewHref();
  return <Link href={viewHref(href)} prefetch={false} {...rest} />;
}

'use client';

import type { ReactNode } from 'react';
import { AppLink } from '#components/shell/app-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';

/** A link that looks like a button. */
export function LinkButton({ href, icon, children }: { readonly href: string; readonly icon: ReactNode; readonly children: ReactNode }) {
  return (
    <AppLink href={href} className={buttonClass('secondary')}>
      {icon}
      {children}
    </AppLink>
  );
}

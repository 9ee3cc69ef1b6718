'use client';

import { Fragment } from 'react';
import { AppLink } from '#components/shell/app-link.tsx';

export interface Crumb {
  readonly label: string;
  readonly href?: string;
}

/** Where this page is; the last crumb is the page itself. */
export function Breadcrumb({ crumbs }: { readonly crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-body">
        {crumbs.map((crumb, index) => {
          const last = index === crumbs.length - 1;
          return (
            <Fragment key={`${crumb.label}-${crumb.href ?? ''}`}>
              {index > 0 && (
                <li aria-hidden className="text-fg-disabled">
                  /
                </li>
              )}
              <li className={last ? 'min-w-0 truncate font-semibold' : 'hidden shrink-0 text-fg-secondary md:block'} aria-current={last ? 'page' : undefined}>
                {last ? (
                  <h1 className="truncate font-semibold">{crumb.label}</h1>
                ) : crumb.href === undefined ? (
                  crumb.label
                ) : (
                  <AppLink href={crumb.href} className="rounded-sm hover:text-fg">
                    {crumb.label}
                  </AppLink>
                )}
              </li>
            </Fragment>
          );
        })}
      </ol>
    </nav>
  );
}

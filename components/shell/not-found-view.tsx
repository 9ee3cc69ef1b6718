'use client';

import { usePathname } from 'next/navigation';
import { paths } from '#components/api/paths.ts';
import { EmptyState } from '#components/ui/states.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { AppLink } from './app-link.tsx';
import { Page } from './page.tsx';

/** No page has this address. */
export function NotFoundView() {
  const pathname = usePathname();
  return (
    <Page crumbs={[{ label: 'Not found' }]} namespaces={false} time={false} fill>
      <EmptyState
        className="flex-1"
        title="There is no page here"
        hint={
          <>
            Nothing is served at <code>{pathname}</code>. The object may have been renamed or deleted. Ctrl+K finds services, workloads and configuration by name.
          </>
        }
        action={
          <AppLink href={paths.overview()} className={buttonClass()}>
            Go to the overview
          </AppLink>
        }
      />
    </Page>
  );
}

import type { Metadata } from 'next';
import { Suspense } from 'react';
import { AppFrame } from '#components/shell/app-frame.tsx';
import { FrameSkeleton } from '#components/shell/frame-skeleton.tsx';
import { NotFoundView } from '#components/shell/not-found-view.tsx';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <Suspense fallback={<FrameSkeleton />}>
      <AppFrame>
        <NotFoundView />
      </AppFrame>
    </Suspense>
  );
}

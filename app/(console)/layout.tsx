import { Suspense, type ReactNode } from 'react';
import { AppFrame } from '#components/shell/app-frame.tsx';
import { FrameSkeleton } from '#components/shell/frame-skeleton.tsx';

export default function ConsoleLayout({ children }: { readonly children: ReactNode }) {
  return (
    // The frame reads the URL's parameters, which are not known when static pages are built.
    <Suspense fallback={<FrameSkeleton />}>
      <AppFrame>{children}</AppFrame>
    </Suspense>
  );
}

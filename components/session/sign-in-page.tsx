'use client';

import { TooltipProvider } from '#components/ui/tooltip.tsx';
import { SignInView } from './sign-in-view.tsx';

/** The sign-in page by itself: no frame, no session. */
export function SignInPage() {
  return (
    <TooltipProvider>
      <SignInView />
    </TooltipProvider>
  );
}

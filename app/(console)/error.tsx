'use client';

import { PageCrash } from '#components/shell/page-crash.tsx';

export default function ConsoleError({ error, reset }: { readonly error: Error & { digest?: string }; readonly reset: () => void }) {
  return <PageCrash error={error} onRetry={reset} />;
}

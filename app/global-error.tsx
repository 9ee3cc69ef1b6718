'use client';

import { PageCrash } from '#components/shell/page-crash.tsx';
import './globals.css';

export default function GlobalError({ error, reset }: { readonly error: Error & { digest?: string }; readonly reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <PageCrash error={error} onRetry={reset} />
      </body>
    </html>
  );
}

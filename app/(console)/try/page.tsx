import type { Metadata } from 'next';
import { TryPage } from '#components/config/try-request/try-page.tsx';

export const metadata: Metadata = { title: 'Try a request' };

export default function Page() {
  return <TryPage />;
}

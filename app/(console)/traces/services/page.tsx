import type { Metadata } from 'next';
import { RedPage } from '#components/traces/traffic/red-page.tsx';

export const metadata: Metadata = { title: 'Services of traces' };

export default function Page() {
  return <RedPage />;
}

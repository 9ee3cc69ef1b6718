import type { Metadata } from 'next';
import { CriticalPathPage } from '#components/traces/critical/critical-path-page.tsx';

export const metadata: Metadata = { title: 'Critical path of traces' };

export default function Page() {
  return <CriticalPathPage />;
}

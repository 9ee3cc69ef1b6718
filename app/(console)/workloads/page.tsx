import type { Metadata } from 'next';
import { WorkloadsPage } from '#components/workloads/workloads-page.tsx';

export const metadata: Metadata = { title: 'Workloads' };

export default function Page() {
  return <WorkloadsPage />;
}

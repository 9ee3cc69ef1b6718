import type { Metadata } from 'next';
import { DependenciesPage } from '#components/traces/traffic/dependencies-page.tsx';

export const metadata: Metadata = { title: 'Dependencies of traces' };

export default function Page() {
  return <DependenciesPage />;
}

import type { Metadata } from 'next';
import { RolloutListPage } from '#components/rollouts/rollout-list-page.tsx';

export const metadata: Metadata = { title: 'Rollouts' };

export default function Page() {
  return <RolloutListPage />;
}

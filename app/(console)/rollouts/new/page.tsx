import type { Metadata } from 'next';
import { RolloutWizardPage } from '#components/rollouts/rollout-wizard-page.tsx';

export const metadata: Metadata = { title: 'New rollout' };

export default function Page() {
  return <RolloutWizardPage />;
}

import type { Metadata } from 'next';
import { RolloutPage } from '#components/rollouts/rollout-page.tsx';

export const metadata: Metadata = { title: 'Rollout' };

export default async function Page({ params }: { readonly params: Promise<{ ns: string; name: string }> }) {
  const { ns, name } = await params;
  return <RolloutPage namespace={decodeURIComponent(ns)} name={decodeURIComponent(name)} />;
}

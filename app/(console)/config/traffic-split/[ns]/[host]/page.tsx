import type { Metadata } from 'next';
import { TrafficSplitPage } from '#components/config/traffic-split/traffic-split-page.tsx';

interface PageProps {
  readonly params: Promise<{ readonly ns: string; readonly host: string }>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: `Traffic split of ${decodeURIComponent((await params).host)}` };
}

export default async function Page({ params }: PageProps) {
  const { ns, host } = await params;
  return <TrafficSplitPage key={`${ns}/${host}`} namespace={decodeURIComponent(ns)} host={decodeURIComponent(host)} />;
}

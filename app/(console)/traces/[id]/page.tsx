import type { Metadata } from 'next';
import { TracePage } from '#components/traces/trace/trace-page.tsx';

export const metadata: Metadata = { title: 'Trace' };

export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const { id } = await params;
  const traceId = decodeURIComponent(id);
  // Another trace is another page: nothing of the one before it stays open.
  return <TracePage key={traceId} id={traceId} />;
}

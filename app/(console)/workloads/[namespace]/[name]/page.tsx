import type { Metadata } from 'next';
import { WorkloadPage } from '#components/workloads/workload-page.tsx';

type Params = Promise<{ namespace: string; name: string }>;

export async function generateMetadata({ params }: { readonly params: Params }): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) };
}

export default async function Page({ params }: { readonly params: Params }) {
  const { namespace, name } = await params;
  return <WorkloadPage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />;
}

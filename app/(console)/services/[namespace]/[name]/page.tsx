import type { Metadata } from 'next';
import { ServicePage } from '#components/services/service-page.tsx';

type Params = Promise<{ namespace: string; name: string }>;

export async function generateMetadata({ params }: { readonly params: Params }): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) };
}

export default async function Page({ params }: { readonly params: Params }) {
  const { namespace, name } = await params;
  return <ServicePage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />;
}

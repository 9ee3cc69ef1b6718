import type { Metadata } from 'next';
import { proxyName } from '#components/change/proxy-name.ts';
import { ProxyPage } from '#components/proxies/proxy-page.tsx';

type Params = Promise<{ id: string }>;

export async function generateMetadata({ params }: { readonly params: Params }): Promise<Metadata> {
  return { title: proxyName(decodeURIComponent((await params).id)) };
}

export default async function Page({ params }: { readonly params: Params }) {
  return <ProxyPage id={decodeURIComponent((await params).id)} />;
}

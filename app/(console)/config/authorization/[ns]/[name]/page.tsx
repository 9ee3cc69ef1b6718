import type { Metadata } from 'next';
import { AuthorizationPage } from '#components/config/authorization/authorization-page.tsx';

interface PageProps {
  readonly params: Promise<{ readonly ns: string; readonly name: string }>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { name } = await params;
  return { title: name === 'new' ? 'New authorization policy' : `Authorization policy ${decodeURIComponent(name)}` };
}

export default async function Page({ params }: PageProps) {
  const { ns, name } = await params;
  return <AuthorizationPage key={`${ns}/${name}`} namespace={decodeURIComponent(ns)} name={name === 'new' ? undefined : decodeURIComponent(name)} />;
}

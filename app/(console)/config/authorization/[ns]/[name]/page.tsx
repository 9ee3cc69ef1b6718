import type { Metadata } from 'next';
import { AuthorizationPage } from '#components/config/authorization/authorization-page.tsx';

interface PageProps {
  readonly params: Promise<{ readonly ns: string; readonly name: string }>;
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { name } = await params;
  return { title: name === 'new' ? 'New authorization policy' : `Authorization policy ${decodeURIComponent(name)}` };
}

export default async function Page({ params, searchParams }: PageProps) {
  const { ns, name } = await params;
  const { to, from } = await searchParams;
  return <AuthorizationPage key={`${ns}/${name}`} namespace={decodeURIComponent(ns)} name={name === 'new' ? undefined : decodeURIComponent(name)} start={{ app: textOf(to), principal: textOf(from) }} />;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

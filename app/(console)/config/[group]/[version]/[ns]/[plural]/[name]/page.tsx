import type { Metadata } from 'next';
import { objectRefFromSegments } from '#components/api/paths.ts';
import { ConfigObjectPage } from '#components/config/editor/config-object-page.tsx';

interface PageProps {
  readonly params: Promise<{ readonly group: string; readonly version: string; readonly ns: string; readonly plural: string; readonly name: string }>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { name } = objectRefFromSegments(await params);
  return { title: name };
}

export default async function Page({ params }: PageProps) {
  const { group, version, namespace, plural, name } = objectRefFromSegments(await params);
  const address = { group, version, plural, name, ...(namespace === undefined ? {} : { namespace }) };
  // Another object is another draft.
  return <ConfigObjectPage key={`${plural}/${namespace ?? ''}/${name}`} address={address} />;
}

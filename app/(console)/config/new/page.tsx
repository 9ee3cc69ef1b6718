import type { Metadata } from 'next';
import { ConfigNewPage } from '#components/config/editor/config-new-page.tsx';

export const metadata: Metadata = { title: 'New object' };

export default function Page() {
  return <ConfigNewPage />;
}

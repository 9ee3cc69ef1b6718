import type { Metadata } from 'next';
import { ConfigListPage } from '#components/config/list/config-list-page.tsx';

export const metadata: Metadata = { title: 'Config' };

export default function Page() {
  return <ConfigListPage />;
}

import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { BOARD_IDS } from '#components/board/boards.ts';
import { DashboardPage } from '#components/dashboards/dashboard-page.tsx';

export const metadata: Metadata = { title: 'Dashboards' };

export default async function Page({ params }: { readonly params: Promise<{ board: string }> }) {
  const { board } = await params;
  const known = BOARD_IDS.find((id) => id === board);
  if (known === undefined) notFound();
  return <DashboardPage board={known} />;
}

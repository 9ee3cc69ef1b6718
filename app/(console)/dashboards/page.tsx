import { redirect } from 'next/navigation';
import { paths } from '#components/api/paths.ts';

export default function Page() {
  redirect(paths.dashboard());
}

import { EmptyState } from '#components/ui/states.tsx';

/** Every query failed; what is wrong stands under each. */
export function NothingAnswered() {
  return <EmptyState title="Nothing to show" hint="No query was answered. What is wrong stands under the query, and the place is marked in it." />;
}

import { queryOptions, useQuery } from '@tanstack/react-query';
import { deleteJson, getJson, postJson, setCsrfToken } from '#components/api/http-client.ts';

export type Role = 'view' | 'edit' | 'admin';
export interface Session {
  readonly user: string;
  readonly role: Role;
  /** Absent when an API token, not a cookie, signed in. */
  readonly csrfToken?: string;
}

/** Who is signed in. Its answer also arms the CSRF header of every write. */
export const sessionQuery = queryOptions({
  queryKey: ['session'] as const,
  queryFn: async ({ signal }): Promise<Session> => {
    const session = await getJson<Session>('/api/session', {}, signal);
    setCsrfToken(session.csrfToken);
    return session;
  },
  staleTime: 5 * 60_000,
  gcTime: Number.POSITIVE_INFINITY,
  refetchInterval: (query) => (query.state.status === 'error' ? 3000 : false),
});

/** Signs in with the secret of a one-time link or an API token. Throws ApiError `unauthenticated` when it is not known. */
export function signIn(token: string): Promise<{ user: string; role: Role }> {
  return postJson('/api/sign-in', { token });
}

/** Ends the session on the server. */
export async function signOut(): Promise<void> {
  await deleteJson('/api/session');
  setCsrfToken(undefined);
}

/** Whether the person may write (`edit`) or administer (`admin`). False while unknown. */
export function useMay(role: Role): boolean {
  const { data } = useQuery(sessionQuery);
  const rank: Record<Role, number> = { view: 0, edit: 1, admin: 2 };
  return data !== undefined && rank[data.role] >= rank[role];
}

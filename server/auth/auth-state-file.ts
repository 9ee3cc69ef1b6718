import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ServerError } from '#server/server-error.ts';
import type { AuthState } from './session-store.ts';

const Role = z.enum(['view', 'edit', 'admin']);
const AuthStateSchema = z.object({
  sessions: z.array(z.object({ idHash: z.string(), user: z.string(), role: Role, csrfToken: z.string(), expiresAt: z.number(), tokenId: z.string().optional() })),
  tokens: z.array(z.object({ id: z.string(), name: z.string(), role: Role, secretHash: z.string(), createdAt: z.number() })),
});

/** Reads the sign-in state; an absent file is an empty state, a damaged one an error that names the file. */
export function readAuthState(file: string): AuthState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { sessions: [], tokens: [] };
    throw error;
  }
  try {
    return AuthStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ServerError('internal', `${file} is damaged.`, { hint: 'Delete it; everybody signs in anew, and API tokens must be made again.', cause });
  }
}

/** Replaces the file in one step, readable by its owner only. */
export function writeAuthState(file: string, state: AuthState): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

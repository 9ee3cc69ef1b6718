import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';

/** One write: who did what to which object, and what it was before and after. */
export interface AuditEntry {
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  /** `user:…`, `token:…`, `rollout:<ns>/<name>` or `external` for a change seen on the watch that the console did not make. */
  readonly actor: string;
  readonly action: string;
  readonly object?: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly before?: KubeObject;
  readonly after?: KubeObject;
  readonly detail?: string;
  /** Hash of the entry before, so that a removed or edited line shows. */
  readonly previousHash: string;
  readonly hash: string;
}
export type AuditInput = Omit<AuditEntry, 'id' | 'time' | 'previousHash' | 'hash'>;

/** How an entry names an object. */
export function auditedObject({ kind, metadata: { name, namespace } }: KubeObject): NonNullable<AuditEntry['object']> {
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Append-only, hash-chained record of every write. */
export interface AuditLog {
  /** Durable when it returns. Throws when the file cannot be written: an unaudited write must not happen. */
  record(input: AuditInput): AuditEntry;
  /** Newest first. */
  list(filter?: { limit?: number; kind?: string; namespace?: string; name?: string; since?: string }): readonly AuditEntry[];
  get(id: string): AuditEntry | undefined;
  /** Entries whose hash does not follow from the one before (a tampered or damaged file). */
  readonly brokenEntries: number;
  close(): void;
}

/** Opens `file` (JSON lines), reading what is there; a torn last line is skipped, a broken chain counted. */
export function openAuditLog(file: string, now: () => number): AuditLog {
  mkdirSync(dirname(file), { recursive: true });
  const { entries, broken, torn } = readEntries(file);
  const fd = openSync(file, 'a', 0o600);
  if (torn) writeSync(fd, '\n');
  return {
    record(input) {
      const previousHash = entries.at(-1)?.hash ?? '';
      const unsigned = { id: randomUUID(), time: new Date(now()).toISOString(), ...input, previousHash };
      const entry: AuditEntry = { ...unsigned, hash: hashOf(unsigned) };
      writeSync(fd, `${JSON.stringify(entry)}\n`);
      fsyncSync(fd);
      entries.push(entry);
      return entry;
    },
    list({ limit = 200, kind, namespace, name, since } = {}) {
      const out: AuditEntry[] = [];
      for (let i = entries.length - 1; i >= 0 && out.length < limit; i--) {
        const entry = entries[i];
        if (entry === undefined || (since !== undefined && entry.time < since)) continue;
        if (kind !== undefined && entry.object?.kind !== kind) continue;
        if (namespace !== undefined && entry.object?.namespace !== namespace) continue;
        if (name !== undefined && entry.object?.name !== name) continue;
        out.push(entry);
      }
      return out;
    },
    get: (id) => entries.find((e) => e.id === id),
    brokenEntries: broken,
    close: () => closeSync(fd),
  };
}

function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(JSON.stringify(entry)).digest('hex');
}

function readEntries(file: string): { entries: AuditEntry[]; broken: number; torn: boolean } {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const entries: AuditEntry[] = [];
  let broken = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      // Safe because this file is written only by record(); a damaged line fails to parse or breaks the chain.
      const entry = JSON.parse(line) as AuditEntry;
      const { hash, ...unsigned } = entry;
      if (hashOf(unsigned) !== hash || entry.previousHash !== (entries.at(-1)?.hash ?? '')) broken++;
      entries.push(entry);
    } catch {
      broken++;
    }
  }
  return { entries, broken, torn: text !== '' && !text.endsWith('\n') };
}

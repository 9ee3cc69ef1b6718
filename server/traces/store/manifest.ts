import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '#server/timeseries/sync-directory.ts';
import { z } from 'zod';

const FILE = 'manifest.json';

const manifestSchema = z.object({
  version: z.literal(1),
  /** Everything in log files up to this number is in blocks, or was carried over to a later one. */
  covered: z.int(),
  lastBlock: z.int(),
  blocks: z.array(z.int()),
});

/** Which files count: blocks by number, and from where on the log is to be read. Written last, so it is what makes a change happen. */
export type Manifest = Omit<z.infer<typeof manifestSchema>, 'version'>;

/** The manifest of a directory; a fresh one when there is none. Throws an Error with one sentence when it is not one. */
export async function readManifest(directory: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(directory, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { covered: -1, lastBlock: 0, blocks: [] };
    throw error;
  }
  const parsed = manifestSchema.safeParse(jsonOrUndefined(text));
  if (!parsed.success) throw new Error(`${FILE} is not the manifest of a trace store of this version`);
  return parsed.data;
}

/** Replaces the manifest; when it resolves, the new one survives a power cut. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const path = join(directory, FILE);
  const file = await open(`${path}.tmp`, 'w');
  try {
    await file.writeFile(JSON.stringify({ version: 1, ...manifest }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(directory);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

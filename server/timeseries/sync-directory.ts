import { open } from 'node:fs/promises';

/** Makes sure that new, renamed and deleted names in a directory survive a power cut. Throws when the disk refuses. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

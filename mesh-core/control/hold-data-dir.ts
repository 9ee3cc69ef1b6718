import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ControlStartError } from './control-files.ts';

/**
 * Takes the data directory for this process alone, until the returned function is called or the process ends, however it ends.
 * The lock is SQLite's on a file of its own: the operating system lets go of it with the process, so that nothing stale is left
 * behind by a crash. Throws ControlStartError when another control plane holds it.
 */
export function holdDataDir(dataDir: string): () => void {
  const lock = new DatabaseSync(join(dataDir, 'control', 'lock.db'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new ControlStartError(`Another control plane is running on the data directory ${dataDir}; end it, or choose another directory with --data-dir.`, { cause });
  }
  return () => lock.close();
}

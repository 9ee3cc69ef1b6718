import { open } from 'node:fs/promises';
import type { LogFile } from '../write-ahead-log.ts';

/** A disk with a bounded number of free bytes for the files that are made through it; what does not fit is written in part, then refused. */
export class FailingDisk {
  /** Bytes that may still be written. */
  free = Infinity;
  /** When set, truncating fails with it too. */
  truncateError: Error | undefined;
  /** When set, making files fails with it. */
  createError: Error | undefined;

  readonly createFile = async (path: string): Promise<LogFile> => {
    if (this.createError !== undefined) throw this.createError;
    const file = await open(path, 'wx');
    return {
      write: async (buffer, offset, length, position) => {
        const fits = Math.min(length, this.free);
        if (fits === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        const { bytesWritten } = await file.write(buffer, offset, fits, position);
        this.free -= bytesWritten;
        return { bytesWritten };
      },
      datasync: () => file.datasync(),
      truncate: async (size) => {
        if (this.truncateError !== undefined) throw this.truncateError;
        await file.truncate(size);
      },
      close: () => file.close(),
    };
  };
}

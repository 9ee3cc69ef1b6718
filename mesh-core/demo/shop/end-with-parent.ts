const CHECK_MS = 500;

/** Calls `end` when this process's sidecar is gone: without it the application is of no use, and its port would be in the way of the next one. */
export function endWithParent(end: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, CHECK_MS).unref();
}

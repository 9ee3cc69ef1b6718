/**
 * Waits for someone to ask this process to end: SIGINT, SIGTERM, or a parent that has gone. A terminal and a parent may both
 * pass on the same Ctrl-C, so a second signal within a second is the same one; a later one means "now": exit 1.
 */
export function exitRequested(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (): void => {
      if (first !== undefined && performance.now() - first > 1000) process.exit(1);
      first ??= performance.now();
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);
    if (process.connected) process.on('disconnect', onSignal);
  });
}

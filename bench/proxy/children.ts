import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';

/** Something that runs beside the benchmark. */
export interface Running {
  /** Its processes, for their memory and CPU time. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Where Debian puts a program; undefined when it is not installed. */
export function installed(name: string): string | undefined {
  return ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'].map((folder) => `${folder}/${name}`).find(existsSync);
}

/** Starts a program; what it writes to stderr is shown. */
export function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running & { readonly child: ChildProcess } {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, ...env } });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    child,
    pids: child.pid === undefined ? [] : [child.pid],
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 4000);
      await gone;
      clearTimeout(late);
    },
  };
}

/** Several as one, stopped in the order given. */
export function together(parts: readonly Running[]): Running {
  return {
    pids: parts.flatMap(({ pids }) => pids),
    stop: async () => {
      for (const part of parts) await part.stop();
    },
  };
}

/** Waits until something listens; throws after ten seconds. */
export async function untilListening(port: number): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}

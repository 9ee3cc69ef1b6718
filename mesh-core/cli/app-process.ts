import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** How a program ended. */
export interface AppEnd {
  /** As a shell gives it: the exit code, or 128 + the signal's number. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}
/** The program that runs behind the sidecar. */
export interface AppProcess {
  readonly pid: number | undefined;
  readonly ended: Promise<AppEnd>;
  /** Asks the program to end, and kills it after `patienceMs`. Resolves when it has ended. */
  stop(patienceMs: number): Promise<AppEnd>;
}
export interface AppEnvironment {
  readonly service: string;
  readonly version: string;
  /** Absent for a program that only calls others. */
  readonly port?: number;
  readonly outboundPort: number;
}

/** Starts the program with this process's terminal. A program that cannot be started ends with 127 or 126, as in a shell. */
export function startApp(command: readonly [string, ...string[]], environment: NodeJS.ProcessEnv): AppProcess {
  const [file, ...args] = command;
  const child = spawn(file, args, { stdio: 'inherit', env: environment });
  const dismissGuard = child.pid === undefined ? () => {} : guard(child.pid);
  const ended = new Promise<AppEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      dismissGuard();
      resolve({ code: signal === null ? (code ?? 0) : 128 + constants.signals[signal], signal });
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      console.error(error.code === 'ENOENT' ? `There is no program "${file}".` : `"${file}" cannot be started: ${error.message}`);
      resolve({ code: error.code === 'ENOENT' ? 127 : 126, signal: null });
    });
  });
  return {
    pid: child.pid,
    ended,
    stop: async (patienceMs) => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      const end = await ended;
      clearTimeout(late);
      return end;
    },
  };
}

/**
 * Ends the program should this process be killed before it can: otherwise the program would hold its port against its own
 * successor. A shell waits for this process's end of a pipe to close; dismissing it is killing it. Only where there is `sh`.
 */
function guard(pid: number): () => void {
  if (process.platform === 'win32') return () => {};
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -TERM "$0" 2>/dev/null; sleep 1; kill -KILL "$0" 2>/dev/null', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return () => void shell.kill('SIGKILL');
}

/** What a program in the mesh finds in its environment, on top of `inherited`. */
export function appEnvironment(inherited: NodeJS.ProcessEnv, { service, version, port, outboundPort }: AppEnvironment): NodeJS.ProcessEnv {
  const proxy = `http://127.0.0.1:${outboundPort}`;
  const direct = ['localhost', '127.0.0.1', '::1'].join(',');
  const { NODE_CHANNEL_FD: _channel, NODE_CHANNEL_SERIALIZATION_MODE: _mode, ...rest } = inherited;
  return {
    // Node programs heed HTTP_PROXY only when told to.
    NODE_USE_ENV_PROXY: '1',
    ...rest,
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    BINNACLE_OUTBOUND: `127.0.0.1:${outboundPort}`,
    SERVICE_NAME: service,
    SERVICE_VERSION: version,
    ...(port === undefined ? {} : { PORT: String(port) }),
  };
}

import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STOP_MS = 5000;
const RESTART_MS = 2000;

/**
 * Starts and ends the parts. Each part is a Node process with an IPC channel: it says {kind:'ready', endpoints} when it
 * is up, and ends by itself when the channel closes, so that nothing outlives this process even when it is killed.
 */
export class Processes {
  #root;
  #node;
  #logDir;
  #env;
  #restart;
  #children = new Map();
  #stopping = false;
  #onEvent;
  #onRestart = () => {};

  constructor({ root, node, logDir, env, restart, onEvent }) {
    mkdirSync(logDir, { recursive: true });
    this.#root = root;
    this.#node = node;
    this.#logDir = logDir;
    this.#env = env;
    this.#restart = restart;
    this.#onEvent = onEvent;
  }

  /** `listener` is called each time a part runs again under another process id. */
  onRestart(listener) {
    this.#onRestart = listener;
  }

  /** Starts a part and resolves with its endpoints once it is ready; rejects with one sentence when it ends before that. */
  start(name, args, { env = {}, readyMs = 60_000 } = {}) {
    return new Promise((resolve, reject) => {
      const log = createWriteStream(join(this.#logDir, `${name}.log`), { flags: 'a' });
      const child = spawn(this.#node, args, { cwd: this.#root, env: { ...process.env, ...this.#env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      child.stdout.pipe(log, { end: false });
      child.stderr.pipe(log, { end: false });
      const entry = { name, child, ready: false, exited: undefined };
      entry.exited = new Promise((done) => child.once('close', done));
      this.#children.set(name, entry);
      const late = setTimeout(() => reject(new Error(`${name} was not ready after ${readyMs / 1000} s.${this.#lastWords(name)}`)), readyMs);
      child.on('message', (message) => {
        if (message?.kind !== 'ready') return;
        clearTimeout(late);
        entry.ready = true;
        resolve({ pid: child.pid, endpoints: message.endpoints ?? {} });
      });
      child.once('error', (error) => reject(new Error(`${name} could not be started: ${error.message}.`)));
      child.once('close', (code, signal) => {
        clearTimeout(late);
        log.end();
        if (this.#children.get(name) === entry) this.#children.delete(name);
        if (this.#stopping) return;
        if (!entry.ready) {
          reject(new Error(`${name} ended before it was ready (${signal ?? `exit ${code}`}).${this.#lastWords(name)}`));
          return;
        }
        this.#onEvent(`${name} ended (${signal ?? `exit ${code}`})${this.#restart ? '; starting it again' : ''}`);
        if (this.#restart) setTimeout(() => this.#startAgain(name, args, env), RESTART_MS);
      });
    });
  }

  #startAgain(name, args, env) {
    if (this.#stopping) return;
    this.start(name, args, { env }).then(
      () => {
        this.#onEvent(`${name} is up again`);
        this.#onRestart();
      },
      (error) => {
        this.#onEvent(error.message.split('\n')[0]);
        setTimeout(() => this.#startAgain(name, args, env), RESTART_MS * 3);
      },
    );
  }

  /** Ends every part, last started first; what does not end in time is killed. */
  async stop() {
    this.#stopping = true;
    const entries = [...this.#children.values()].reverse();
    for (const { child } of entries) child.kill('SIGTERM');
    const late = setTimeout(() => {
      for (const { child } of entries) child.kill('SIGKILL');
    }, STOP_MS);
    await Promise.all(entries.map((e) => e.exited));
    clearTimeout(late);
  }

  pids() {
    return Object.fromEntries([...this.#children].map(([name, { child }]) => [name, child.pid]));
  }

  /** The last complaint in a part's log, as a person reads it. */
  #lastWords(name) {
    let lines = [];
    try {
      lines = readFileSync(join(this.#logDir, `${name}.log`), 'utf8').trim().split('\n').slice(-6);
    } catch {
      return '';
    }
    const words = lines.map((line) => {
      try {
        const { message, error } = JSON.parse(line);
        return error === undefined ? message : `${message}: ${error}`;
      } catch {
        return line;
      }
    });
    return `\n  ${words.join('\n  ')}`;
  }
}

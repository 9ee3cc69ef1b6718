import type { Logger } from './logger.ts';

/**
 * Runs `steps` in reverse order of registration on SIGINT/SIGTERM (or a parent's disconnect), each bounded by
 * `stepTimeoutMs`, then exits 0. A second signal exits at once.
 */
export class Shutdown {
  readonly #steps: { name: string; run: () => Promise<void> | void }[] = [];
  readonly #log: Logger;
  readonly #stepTimeoutMs: number;
  #running = false;

  constructor(log: Logger, stepTimeoutMs = 3000) {
    this.#log = log;
    this.#stepTimeoutMs = stepTimeoutMs;
  }

  /** Registers a step; later steps run first. */
  add(name: string, run: () => Promise<void> | void): void {
    this.#steps.push({ name, run });
  }

  /** Hooks the process signals. */
  listen(): void {
    const onSignal = (): void => {
      if (this.#running) process.exit(1);
      void this.run().then(() => process.exit(0));
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    if (process.connected) process.on('disconnect', onSignal);
  }

  /** Runs every step; a step that fails or hangs is logged and does not stop the others. */
  async run(): Promise<void> {
    this.#running = true;
    for (const step of this.#steps.toReversed()) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done after ${this.#stepTimeoutMs} ms`)), this.#stepTimeoutMs);
      });
      try {
        await Promise.race([Promise.resolve(step.run()), late]);
      } catch (error) {
        this.#log.warn({ step: step.name, error: String(error) }, 'shutdown step failed');
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

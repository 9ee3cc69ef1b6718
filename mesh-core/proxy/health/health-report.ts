/**
 * What the control plane is told of this workload's health: that of the app, unless someone has failed it by hand, which
 * holds until it is taken back.
 */
export class HealthReport {
  readonly #report: (healthy: boolean, message: string) => void;
  #app: { readonly healthy: boolean; readonly message: string } | undefined;
  #isFailedByHand = false;

  constructor(report: (healthy: boolean, message: string) => void) {
    this.#report = report;
  }

  get isFailedByHand(): boolean {
    return this.#isFailedByHand;
  }

  /** The app's own health, known first or changed. */
  appIs(healthy: boolean, message: string): void {
    this.#app = { healthy, message };
    if (!this.#isFailedByHand) this.#report(healthy, message);
  }

  /** Reports the workload as sick, whatever its app is. */
  failByHand(): void {
    this.#isFailedByHand = true;
    this.#report(false, 'failed by hand (/healthcheck/fail)');
  }

  /** Reports the app's own health again; a workload without an app is well. */
  takeBack(): void {
    if (!this.#isFailedByHand) return;
    this.#isFailedByHand = false;
    const { healthy, message } = this.#app ?? { healthy: true, message: '' };
    this.#report(healthy, message);
  }
}

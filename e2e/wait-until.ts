/** Asks until the answer is neither false nor undefined, and gives it; throws naming `what` after `timeoutMs`. A condition that throws ends the wait. */
export async function waitUntil<T>(what: string, condition: () => T | Promise<T>, timeoutMs = 30_000, everyMs = 100): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    // Safe because false and undefined were just excluded.
    if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

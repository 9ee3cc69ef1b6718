import fc from 'fast-check';

/**
 * fast-check, with the seed that all property tests of a run begin with: 1, so that the outcome depends on the code alone and
 * what fails, fails again. `BINNACLE_SEED` takes another number, or `random` to look for what no seed has found yet (a failure
 * names its seed). Importing it throws when the variable is neither.
 */
export { fc };

const DEFAULT_SEED = 1;

fc.configureGlobal({ ...fc.readConfigureGlobal(), ...seedFrom(process.env['BINNACLE_SEED']) });

function seedFrom(text: string | undefined): { readonly seed?: number } {
  if (text === 'random') return {};
  const seed = text === undefined || text === '' ? DEFAULT_SEED : Number(text);
  if (!Number.isInteger(seed)) throw new Error(`BINNACLE_SEED is "${text}": give a whole number, or "random".`);
  return { seed };
}

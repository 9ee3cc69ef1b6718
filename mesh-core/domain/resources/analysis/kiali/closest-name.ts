import { closeNames } from '../../schema/nearest-names.ts';
import { replaceFix, type AnalysisFix } from '../analysis-message.ts';

/** A fix that puts the nearest known name into the place of an unknown one; nothing when none is within two letters. */
export function closestFix(name: string, known: Iterable<string>, path: readonly (string | number)[]): { readonly fix?: AnalysisFix } {
  const best = closestName(name, known);
  return best === undefined ? {} : { fix: replaceFix(`Use ${best}`, path, best) };
}

/** The known name that is nearest to another, within two letters. */
export function closestName(name: string, known: Iterable<string>): string | undefined {
  return closeNames(name, [...known].filter((candidate) => candidate !== name))[0];
}

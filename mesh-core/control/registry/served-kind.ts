import { KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';

/** A kind the control plane itself works with, by name. Throws TypeError for one that the table of kinds lacks: a defect. */
export function servedKind(name: string): KindInfo {
  const kind = KINDS.find((candidate) => candidate.kind === name);
  if (kind === undefined) throw new TypeError(`The table of kinds has no ${name}.`);
  return kind;
}

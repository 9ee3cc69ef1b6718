import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at its first megabyte. While modules are loaded nearly everything survives, which V8 takes
 * for a reason to let it grow; an idle sidecar then kept 25 to 30 MB, nearly all of it empty.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Back to V8's own measure, once a process has started: a busy proxy shall have the room that makes it fast. */
export function releaseYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}

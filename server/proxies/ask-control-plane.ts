import { ServerError } from '#server/server-error.ts';

const TIMEOUT_MS = 5000;

/**
 * Reads a debug page of the control plane (`path` begins with `/debug/`) as JSON; undefined where it answers 404. Throws `not-found`
 * when this console has no control plane to ask, `upstream` when it does not answer or answers otherwise.
 */
export async function askControlPlane(controlPlaneUrl: string | undefined, path: string, signal?: AbortSignal): Promise<unknown> {
  if (controlPlaneUrl === undefined) throw new ServerError('not-found', 'This console has no control plane to ask (--control-plane-url).');
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${controlPlaneUrl}${path}`, { redirect: 'error', signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]) });
    text = await answer.text();
  } catch (cause) {
    throw new ServerError('upstream', 'The control plane does not answer.', { hint: 'Proxies keep their last configuration meanwhile.', cause });
  }
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new ServerError('upstream', `The control plane answered ${answer.status}.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ServerError('upstream', 'The control plane\'s answer is not JSON.', { hint: 'Is --control-plane-url the monitoring port of the control plane?', cause });
  }
}

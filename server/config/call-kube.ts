import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { ServerError, type ServerErrorCode } from '#server/server-error.ts';

const CODES: Readonly<Record<string, ServerErrorCode>> = {
  NotFound: 'not-found',
  AlreadyExists: 'conflict',
  Conflict: 'conflict',
  Invalid: 'invalid',
  BadRequest: 'bad-request',
  Forbidden: 'forbidden',
  RequestEntityTooLarge: 'too-large',
};

/** Runs a call of the Kubernetes API and passes its errors on in the server's own terms, with the fields at fault. */
export async function callKube<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof KubeError) {
      const causes = (error.status.details?.causes ?? []).map((c) => ({ message: c.message, ...(c.field === undefined ? {} : { field: c.field }) }));
      // Unknown fields are a BadRequest there, with the fields at fault.
      const code = error.status.reason === 'BadRequest' && causes.length > 0 ? 'invalid' : (CODES[error.status.reason] ?? 'upstream');
      throw new ServerError(code, error.status.message, { causes, cause: error, ...(code === 'conflict' ? { hint: 'Somebody else changed it meanwhile: reload, look at the difference, and apply again.' } : {}) });
    }
    throw new ServerError('upstream', 'The control plane does not answer.', { hint: 'Traffic keeps flowing with the last configuration; try again when it is back.', cause: error });
  }
}

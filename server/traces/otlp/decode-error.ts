/** The bytes are not an OTLP request: the whole of it is refused, and sending it again would not help (HTTP 400). */
export class OtlpDecodeError extends Error {
  readonly code = 'malformed-otlp';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OtlpDecodeError';
  }
}

/** Runs a decoder; whatever it throws comes out as an OtlpDecodeError. */
export function orMalformed<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof OtlpDecodeError) throw error;
    throw new OtlpDecodeError(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

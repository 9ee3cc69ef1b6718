/**
 * A value as protobuf decodes it: any field may be absent, whatever the schema requires. For rules that must hold by
 * themselves, as those of istiod do, which does not rely on the API server's schema.
 */
export function asMessage<T>(value: T): Partial<T> {
  return value;
}

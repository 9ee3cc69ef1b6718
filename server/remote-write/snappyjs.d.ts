declare module 'snappyjs' {
  /** Throws an Error when the bytes are not a Snappy block, or would be longer than `maxLength`. */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
  export function compress(uncompressed: Uint8Array): Uint8Array;
}

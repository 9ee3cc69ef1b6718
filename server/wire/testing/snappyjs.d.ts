declare module 'snappyjs' {
  /** Packs bytes as one Snappy block. */
  export function compress(uncompressed: Uint8Array): Uint8Array;
}

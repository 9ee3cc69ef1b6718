import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { CHUNKS_FILE, INDEX_FILE, META_FILE, type BlockMeta } from './block-format.ts';
import { DamagedDataError } from './byte-reader.ts';

const time = z.number().int();
const amount = z.number().int().nonnegative();
const BlockMetaFile = z.object({
  version: z.literal(1),
  minTime: time,
  maxTime: time,
  firstSample: time,
  lastSample: time,
  validFrom: time.nullable(),
  series: amount,
  chunks: amount,
  samples: amount,
  chunkBytes: amount,
  indexBytes: amount,
  level: amount,
  parents: z.array(z.string()),
  checksum: amount,
});

/** The text of a block's meta file: its meta and a checksum of it. */
export function blockMetaText(meta: BlockMeta): string {
  return JSON.stringify({ ...meta, checksum: crc32(JSON.stringify(meta)) });
}

/** What a block says of itself. Throws DamagedDataError when that makes no sense or its files are not as long as it says. */
export async function readBlockMeta(path: string): Promise<BlockMeta> {
  try {
    const { checksum, ...meta } = BlockMetaFile.parse(JSON.parse(await readFile(join(path, META_FILE), 'utf8')));
    // The file has its members in the order of the schema, or it was not written by us.
    if (crc32(JSON.stringify(meta)) !== checksum) throw new DamagedDataError('the checksum of the meta file does not fit');
    for (const [name, bytes] of [[INDEX_FILE, meta.indexBytes], [CHUNKS_FILE, meta.chunkBytes]] as const) {
      const { size } = await stat(join(path, name));
      if (size !== bytes) throw new DamagedDataError(`${name} has ${size} bytes instead of ${bytes}`);
    }
    return meta;
  } catch (error) {
    if (error instanceof DamagedDataError) throw error;
    throw new DamagedDataError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

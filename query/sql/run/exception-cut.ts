import { Transform, type TransformCallback } from 'node:stream';

const marker = Buffer.from('\r\n__exception__\r\n');

/** What the engine wrote instead of the rest of an answer that had begun. */
export class AnswerCutError extends Error {
  /** The engine's own text, not cleaned. */
  readonly engineText: string;

  constructor(engineText: string) {
    super('the engine ended an answer that had begun');
    this.engineText = engineText;
  }
}

/**
 * Passes an answer on up to the engine's exception block, then fails with AnswerCutError.
 *
 * The block begins with a marker and the tag of the answer's `X-ClickHouse-Exception-Tag` header, so data cannot
 * imitate it. The last bytes are held back until it is known that no marker begins in them.
 */
export function cutAtException(tag: string): Transform {
  const sign = Buffer.concat([marker, Buffer.from(tag)]);
  let held: Buffer = Buffer.alloc(0);
  let block: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      const joined = Buffer.concat([block ?? held, chunk]);
      const at = block === undefined ? joined.indexOf(sign) : 0;
      if (at < 0) {
        const keep = Math.min(sign.length - 1, joined.length);
        held = joined.subarray(joined.length - keep);
        return done(null, joined.subarray(0, joined.length - keep));
      }
      if (at > 0) this.push(joined.subarray(0, at));
      block = joined.subarray(at);
      // The engine cuts the connection behind the block: not waiting for that keeps its text.
      if (block.indexOf(marker, sign.length) >= 0) return done(cutError(block.subarray(sign.length)));
      done();
    },
    flush(done: TransformCallback) {
      if (block === undefined) return done(null, held);
      done(cutError(block.subarray(sign.length)));
    },
  });
}

function cutError(block: Buffer): AnswerCutError {
  return new AnswerCutError(block.toString().trim().split('\n')[0] ?? '');
}

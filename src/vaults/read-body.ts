/** A secret has at most 64 KiB, and an answer little around it. */
const MOST_BYTES = 1024 * 1024;

/** What came back is larger than any answer that was asked for. */
export class AnswerTooLargeError extends Error {}

/** The whole body of an answer. Throws AnswerTooLargeError, and what the connection throws. */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new AnswerTooLargeError(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import { isUtf8 } from 'node:buffer';
import { type Dispatcher, request } from 'undici';
import { readBody } from '../read-body.ts';
import type { Question } from './http.ts';

/** What came back, whatever its status. A redirect is an answer too: none is followed. */
export type Answer = {
  readonly status: number;
  /** By name in lower case; a header that came several times is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** False where the body's bytes are no UTF-8, so that the text is not what was sent. */
  readonly isText: boolean;
};

/** One question and its whole answer. Throws what undici throws, and AnswerTooLargeError. */
export async function exchange(
  { url, method, headers = {}, body }: Question,
  { dispatcher, signal }: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<Answer> {
  const sent = { 'user-agent': 'kong-entrypoint', accept: '*/*', ...headers };
  const response = await request(url, {
    dispatcher,
    signal,
    method,
    headers: sent,
    ...(body === undefined ? {} : { body }),
  });
  const bytes = await readBody(response.body);
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
      ),
    ),
    text: bytes.toString('utf8'),
    isText: isUtf8(bytes),
  };
}

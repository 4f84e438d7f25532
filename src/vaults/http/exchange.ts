import { isUtf8 } from 'node:buffer';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { Answer, Question } from './question.ts';
import { ProxyError } from './tunnel.ts';
import type { Way } from './ways.ts';

/** What came back is larger than any answer that was asked for. */
export class AnswerTooLargeError extends Error {}

/** Until a connection stands, proxy and TLS included: a host that can be reached answers in milliseconds. */
const CONNECT_MS = 3_000;
/** A secret has at most 64 KiB, and an answer little around it. */
const MOST_BYTES = 1024 * 1024;

/** One question and its whole answer. Throws what the connection throws, ProxyError and AnswerTooLargeError. */
export async function exchange(question: Question, way: Way, signal: AbortSignal): Promise<Answer> {
  const response = await send(question, way, signal);
  if (way.askedOf !== undefined && response.statusCode === 407) {
    response.destroy();
    throw new ProxyError(way.askedOf, { status: 407 });
  }
  const bytes = await readBody(response);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(response.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
      ),
    ),
    text: bytes.toString('utf8'),
    isText: isUtf8(bytes),
  };
}

function send({ method, headers, body }: Question, way: Way, signal: AbortSignal): Promise<IncomingMessage> {
  const { options, askedOf } = way;
  const ask = options.protocol === 'https:' ? requestSecurely : request;
  const sent = { 'user-agent': 'kong-entrypoint', accept: '*/*', ...options.headers, ...headers };
  return new Promise((resolve, reject) => {
    const asked = ask({ ...options, method, headers: sent, signal });
    const connection = boundConnecting(asked);
    asked
      .once('response', resolve)
      .on('error', (cause) => reject(askedOf && !connection.stands ? new ProxyError(askedOf, { cause }) : cause))
      .end(body);
  });
}

/** Ends a request whose connection does not stand in time. */
function boundConnecting(asked: ClientRequest): { stands: boolean } {
  const connection = { stands: false };
  const timer = setTimeout(() => {
    asked.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
  }, CONNECT_MS);
  const stand = () => {
    connection.stands = true;
    clearTimeout(timer);
  };
  asked
    .once('close', () => clearTimeout(timer))
    .once('socket', (socket) => {
      if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stand);
      else stand();
    });
  return connection;
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new AnswerTooLargeError(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

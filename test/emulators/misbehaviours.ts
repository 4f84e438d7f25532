import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** How a service would have answered: the type of its answers, and the beginning of one that holds a secret. */
export type Answers = { readonly type: string; readonly beginning: string };

type Misbehaviour = (response: ServerResponse, answers: Answers) => void | Promise<void>;

/** What a service, or something in front of it, does when it does not do its work. Each writes the whole answer. */
export const misbehaviours = {
  hang: () => undefined,
  drip: async (response, { type }) => {
    response.writeHead(200, { 'content-type': type, 'content-length': '100000' });
    while (!response.destroyed) {
      response.write(' ');
      await pause(100, undefined, { ref: false });
    }
  },
  half: (response, { type, beginning }) => {
    response.writeHead(200, { 'content-type': type, 'content-length': '1000' });
    response.write(beginning, () => response.destroy());
  },
  reset: (response) => {
    response.destroy();
  },
  huge: (response, { type, beginning }) => {
    response.writeHead(200, { 'content-type': type });
    response.end(`${beginning}${'x'.repeat(10_000_000)}"}`);
  },
  html: (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>Welcome to the captive-portal</body></html>');
  },
  badGateway: (response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html><body>Bad gateway</body></html>');
  },
  redirect: (response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' });
    response.end();
  },
  notJson: (response, { type, beginning }) => {
    response.writeHead(200, { 'content-type': type });
    response.end(`${beginning}-unterminated`);
  },
} as const satisfies Readonly<Record<string, Misbehaviour>>;

export type MisbehaviourName = keyof typeof misbehaviours;

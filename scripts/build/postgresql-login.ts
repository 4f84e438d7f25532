import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { message, ready } from './postgresql-messages.ts';

const ROUNDS = 4096;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/**
 * The server's side of a login by SCRAM-SHA-256 (RFC 5802, RFC 7677), so that a start rehearses its own side. Gives the answer to each
 * message of the client, and undefined once it is logged in. The client's proof is not looked at: it has nothing to protect.
 */
export function answerLogin(password: string): (request: Buffer) => Buffer | undefined {
  const salt = randomBytes(16);
  let [clientFirst, serverFirst, step] = ['', '', 0];
  const steps: readonly ((text: string) => Buffer)[] = [
    () => authentication(SASL, 'SCRAM-SHA-256\0\0'),
    (text) => {
      clientFirst = text.slice(text.indexOf('n=*'));
      const nonce = text.slice(text.indexOf('r=') + 2);
      serverFirst = `r=${nonce}${randomBytes(9).toString('base64')},s=${salt.toString('base64')},i=${ROUNDS}`;
      return authentication(SASL_CONTINUE, serverFirst);
    },
    (text) => {
      const clientFinal = text.slice(text.indexOf('c='), text.indexOf(',p='));
      const signature = sign(password, salt, `${clientFirst},${serverFirst},${clientFinal}`);
      return Buffer.concat([authentication(SASL_FINAL, `v=${signature}`), authentication(0, ''), ready]);
    },
  ];
  return (request) => steps[step++]?.(request.toString('latin1'));
}

function sign(password: string, salt: Buffer, text: string): string {
  const salted = pbkdf2Sync(password, salt, ROUNDS, 32, 'sha256');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest();
  return createHmac('sha256', serverKey).update(text).digest('base64');
}

function authentication(kind: number, text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(kind);
  return message('R', Buffer.concat([head, Buffer.from(text)]));
}

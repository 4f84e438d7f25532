import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAwsAnswer } from '../../src/vaults/aws/aws-answer.ts';
import { repeatable } from '../../src/vaults/repeatable.ts';

describe('what AWS said is repeated', () => {
  test('where it is one short line', () => {
    assert.equal(repeatable('The parameter SecretId is not valid. ', ['key']), 'The parameter SecretId is not valid.');
  });

  const untold: readonly (readonly [what: string, message: string])[] = [
    ['the canonical request of a refused signature', 'The Canonical String for this request should have been POST'],
    ['anything about a signature', 'Signature=0123 is wrong'],
    ['a session token', 'x-amz-security-token:FwoGZXIv'],
    ['the header that holds the key', "Authorization header requires 'Credential' parameter"],
    ['the secret access key itself', 'no such key my/secret+key here'],
    ['several lines', 'one\ntwo'],
    ['more than 300 characters', 'x'.repeat(301)],
  ];
  for (const [what, message] of untold) {
    test(`never: ${what}`, () => assert.equal(repeatable(message, ['my/secret+key', undefined, '']), ''));
  }
});

describe('an error of the SDK', () => {
  test('keeps its message only where the service spoke', () => {
    const parsing = Object.assign(new SyntaxError('Unexpected token in {"SecretString":"hunter2"'), {
      $metadata: { httpStatusCode: 200 },
    });
    assert.deepEqual(readAwsAnswer(parsing), {
      name: 'SyntaxError',
      status: 200,
      requestId: undefined,
      message: '',
    });
  });

  test('gives up a name or a request id that is none', () => {
    const odd = Object.assign(new Error('m'), { name: '<script>', $metadata: { requestId: 'x\ny' } });
    assert.deepEqual(readAwsAnswer(odd), {
      name: 'Error',
      status: undefined,
      requestId: undefined,
      message: '',
    });
  });

  test('may be anything that was thrown', () => {
    for (const thrown of [undefined, null, 'text', 7]) assert.equal(readAwsAnswer(thrown).name, 'Error');
  });
});

import { EntrypointError, SecretNotFoundError, SettingError } from '../../errors.ts';
import { accessDenied, badSignature, decryptionFailure, expired, unknownKey } from './access-errors.ts';
import { type AwsAnswer, readAwsAnswer } from './aws-answer.ts';
import { type AwsCall, quote, where } from './aws-call.ts';
import { connectionError } from './connection-errors.ts';

type Explain = (call: AwsCall, answer: AwsAnswer) => EntrypointError;

/**
 * The error that an operator can act on, from what the SDK threw. Errors of our own pass through unchanged. The SDK's
 * error is not kept as the cause: it holds the request with its signature and the answer with the secret.
 */
export function explainAwsError(error: unknown, call: AwsCall): EntrypointError {
  if (error instanceof EntrypointError) return error;
  const answer = readAwsAnswer(error);
  const explain = byName[answer.name];
  if (explain !== undefined && answer.message !== '') return explain(call, answer);
  return connectionError(error, answer, call) ?? unknownAnswer(call, answer);
}

const byName: Readonly<Record<string, Explain>> = {
  ResourceNotFoundException: notFound,
  InvalidRequestException: invalidRequest,
  InvalidParameterException: invalidName,
  ValidationException: invalidName,
  ValidationError: invalidName,
  AccessDeniedException: accessDenied,
  AccessDenied: accessDenied,
  DecryptionFailure: decryptionFailure,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  UnrecognizedClientException: unknownKey,
  InvalidClientTokenId: unknownKey,
  InvalidSignatureException: badSignature,
  SignatureDoesNotMatch: badSignature,
  IncompleteSignatureException: badSignature,
  IncompleteSignature: badSignature,
  RequestExpired: badSignature,
  RequestTimeTooSkewed: badSignature,
};

function notFound(call: AwsCall, { message }: AwsAnswer): EntrypointError {
  if (/staging label/i.test(message)) return withoutVersion(call);
  return new SecretNotFoundError(`${call.target} not found ${where(call)}`, {
    hint: `check the secret's name, the account, and the region, which is from ${call.region.origin}; the last part of a reference's path is the key, not the name, and a + of the name is written %252B`,
  });
}

function withoutVersion(call: AwsCall): EntrypointError {
  return new SecretNotFoundError(`${call.target} has no version ${call.stage}`, {
    hint:
      call.stage === 'AWSPREVIOUS'
        ? 'a secret has a previous version once it was rotated or changed; remove #2 to read the current one'
        : 'store a value in the secret: aws secretsmanager put-secret-value',
  });
}

/** Exit 66 for a secret that waits for its deletion: to every reader it is gone, and no setting of ours is at fault. */
function invalidRequest(call: AwsCall, answer: AwsAnswer): EntrypointError {
  if (/delet/i.test(answer.message)) {
    return new SecretNotFoundError(`${call.target} is scheduled for deletion`, {
      hint: 'restore it (aws secretsmanager restore-secret --secret-id ...), or refer to the secret that replaced it',
    });
  }
  return unknownAnswer(call, answer);
}

function invalidName(call: AwsCall, answer: AwsAnswer): EntrypointError {
  return new SettingError(`AWS does not take ${call.target} for a name${quote(call, answer)}`, {
    hint: 'a name has letters, digits and /_+=.@!- only; a + of the name is written %252B in a reference',
  });
}

function unknownAnswer(call: AwsCall, answer: AwsAnswer): EntrypointError {
  const details = [answer.name, `status ${answer.status ?? '-'}`, `request ${answer.requestId ?? '-'}`].join(', ');
  return new SettingError(`AWS could not serve ${call.action} on ${call.target} (${details})${quote(call, answer)}`, {
    hint: `check the reference and the options of the aws vault; the answer came ${where(call)}`,
  });
}

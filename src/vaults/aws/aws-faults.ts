import type { FaultTable } from '../fault-table.ts';
import { busyService } from '../service-faults.ts';
import { throttling } from './aws-answer.ts';

const denied = /^AccessDenied(Exception)?$/;
const unknownKey = /^(UnrecognizedClientException|InvalidClientTokenId)$/;
const badSignature =
  /^(InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature(Exception)?|RequestExpired|RequestTimeTooSkewed)$/;
const allowIt =
  'allow {action} on {resource} to it[; on ECS that is the task role ({taskRole}), not the execution role]';
const keyOfSecret = {
  kind: 'refused',
  says: 'the KMS key of {target} cannot be used to decrypt it',
  hint: 'allow kms:Decrypt on that key to the role that reads the secret[ (credentials from: {link})], and check that the key is enabled',
} as const;
const signature = {
  kind: 'refused',
  says: 'AWS refused the signature of the request[ (credentials from: {link})]',
} as const;

/** What a call to AWS ends in, by the name of AWS's error, its words, and what else is known: the first row that fits. */
export const awsFaults = [
  {
    when: { fact: 'late' },
    kind: 'unavailable',
    says: '{place} returned no secret within 20 s, retries and credentials included',
    hint: '{route}',
  },
  {
    when: { code: 'ResourceNotFoundException', message: /staging label/i, fact: 'previous' },
    kind: 'not found',
    says: '{target} has no version AWSPREVIOUS',
    hint: 'a secret has a previous version only after a rotation or a change; remove #2 to read the current one',
  },
  {
    when: { code: 'ResourceNotFoundException', message: /staging label/i },
    kind: 'not found',
    says: '{target} has no version AWSCURRENT',
    hint: 'store a value in the secret: aws secretsmanager put-secret-value',
  },
  {
    when: { code: 'ResourceNotFoundException' },
    kind: 'not found',
    says: '{target} not found {where}',
    hint: "check the secret's name, the account, and the region, which is from {origin}; the last part of a reference's path is the key, not the name, and a + of the name is written %252B",
  },
  {
    // To every reader such a secret is gone, and no setting of ours is at fault.
    when: { code: 'InvalidRequestException', message: /delet/i },
    kind: 'not found',
    says: '{target} is scheduled for deletion',
    hint: 'restore it (aws secretsmanager restore-secret --secret-id ...), or refer to the secret that replaced it',
  },
  {
    when: { code: /^(InvalidParameterException|ValidationException|ValidationError)$/ },
    kind: 'setting',
    says: 'AWS does not accept {target} for a name[: {said}]',
    hint: 'a name has letters, digits and /_+=.@!- only; a + of the name is written %252B in a reference',
  },
  { when: { code: denied, message: /\bKMS\b/i }, ...keyOfSecret },
  { when: { code: 'DecryptionFailure' }, ...keyOfSecret },
  {
    when: { code: denied, message: /explicit deny/i },
    kind: 'refused',
    says: '{principal} may not call {action} on {target}; a policy denies it explicitly',
    hint: allowIt,
  },
  { when: { code: denied }, kind: 'refused', says: '{principal} may not call {action} on {target}', hint: allowIt },
  {
    when: { code: /^ExpiredToken(Exception)?$/ },
    kind: 'refused',
    says: 'the AWS credentials have expired[ (credentials from: {link})]',
    hint: 'give new ones; a role of the container (ECS, EKS, EC2) renews them by itself',
  },
  {
    when: { code: unknownKey, fact: 'a temporary key without its token' },
    kind: 'refused',
    says: 'AWS does not know the access key[ (credentials from: {link})]',
    hint: 'the key is a temporary one, which needs its AWS_SESSION_TOKEN too',
  },
  {
    when: { code: unknownKey },
    kind: 'refused',
    says: 'AWS does not know the access key[ (credentials from: {link})]',
    hint: 'check the key, its session token, and that it belongs to this partition and account',
  },
  {
    when: { code: badSignature, message: /scoped to a valid region/i },
    ...signature,
    hint: 'the endpoint is of another region than {region}, which is from {origin}',
  },
  {
    when: { code: badSignature, message: /expired|not yet current/i },
    ...signature,
    hint: 'set the clock of this machine',
  },
  {
    when: { code: badSignature },
    ...signature,
    hint: 'check the secret access key (a stray space or line break?) and the clock of this machine',
  },
  {
    when: { code: throttling },
    kind: 'unavailable',
    says: '{place} limits the rate of requests',
    hint: 'start fewer containers at once, or try again later',
  },
  ...busyService,
  {
    // A captive portal, a proxy's own page, a redirect, a wrong endpoint.
    when: { fact: 'not of AWS' },
    kind: 'setting',
    says: 'another server answers in place of {place}[ (status {seen})]',
    hint: 'check {option} and HTTPS_PROXY',
  },
  {
    kind: 'setting',
    says: 'AWS could not serve {action} on {target} ({code}, status {status}, request {request})[: {said}]',
    hint: 'check the reference and the options of the aws vault; the answer came {where}',
  },
] as const satisfies FaultTable;

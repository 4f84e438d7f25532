import { reasonFor } from '../aws/aws-answer.ts';
import { instanceMetadata } from '../aws/instance-metadata.ts';
import { createHttp } from '../http/http.ts';
import { textOf } from '../option-value.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { type Login, loginPath, neededFor, noIdentity } from './prepare-login.ts';

const hint =
  'start on EC2, with a hop limit of 2 for the instance metadata where a container asks (aws ec2 modify-instance-metadata-options); elsewhere use auth_method aws_iam';

/** With the identity document of the instance and its signature, from the instance metadata, and the option `aws_auth_nonce` (Kong 3.14). */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  const nonce = neededFor('aws_ec2', options, 'aws_auth_nonce');
  const role = textOf(options, 'aws_auth_role');
  const { document, signature } = await readIdentity(world);
  return {
    path: loginPath(options, 'aws_login_path'),
    body: {
      ...(role === undefined ? {} : { role }),
      identity: Buffer.from(document).toString('base64'),
      signature: signature.replace(/\s/g, ''),
      nonce,
    },
    secrets: [nonce, signature],
    hint: 'check the role in Vault: what it is bound to (AMI, account, region, VPC, role) must be that of this instance; the nonce, which must be the one that this instance logged in with first; and that disallow_reauthentication is off, since this start logs in, and then Kong',
  };
}

async function readIdentity(world: BackendWorld) {
  const http = createHttp(world);
  const metadata = instanceMetadata(http, world);
  if (metadata === undefined) throw noIdentity('aws_ec2', 'AWS_EC2_METADATA_DISABLED is set', hint);
  try {
    const document = await metadata('/latest/dynamic/instance-identity/document');
    return { document, signature: await metadata('/latest/dynamic/instance-identity/signature') };
  } catch (error) {
    world.signal.throwIfAborted();
    throw noIdentity('aws_ec2', `instance metadata: ${reasonFor(error)}`, hint);
  } finally {
    await http.close();
  }
}

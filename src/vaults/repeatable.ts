/**
 * The service's words as far as they can be repeated: short, one line, and nothing that belongs to a signature. A
 * refused signature is answered with the whole canonical request, session token and all.
 */
export function repeatable(message: string, secrets: readonly (string | undefined)[]): string {
  const line = message.trim();
  const tells = /signature|canonical|security-token|authorization|credential=/i.test(line);
  const holdsSecret = secrets.some((secret) => secret !== undefined && secret !== '' && line.includes(secret));
  return line.length > 300 || /[\r\n]/.test(line) || tells || holdsSecret ? '' : line;
}

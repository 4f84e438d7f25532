import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const answers = fileURLToPath(new URL('runtime-answers.cjs', import.meta.url));

/** A container may be in any language; in Turkish an `i` is another letter, in Thai a year another number. */
export const languages = ['C', 'de_DE.UTF-8', 'tr_TR.UTF-8', 'th_TH.UTF-8', 'zh_CN.GB18030'];

/**
 * Whether a Node whose ICU data was cut says of host names with letters beyond ASCII, of certificates for them, of texts, dates and
 * signatures what the Node of this process says. Throws the first language in which it does not.
 */
export function checkRuntime(node: string): void {
  for (const language of languages) {
    const [expected, found] = [process.execPath, node].map((one) => answersOf(one, language));
    if (expected !== found) throw new Error(`the cut Node answers otherwise in ${language}:\n${expected}\n${found}`);
  }
}

function answersOf(node: string, language: string): string {
  return execFileSync(node, [answers], { env: { LC_ALL: language }, encoding: 'utf8' });
}

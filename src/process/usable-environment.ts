import { SettingError } from '../errors.ts';

/** The kernel's bound on one string (MAX_ARG_STRLEN): 32 pages, its NUL included. */
export const LONGEST_STRING = 128 * 1024 - 1;

/** Throws SettingError for a value that no variable of this name can hold. `subject` is how the error names it. */
export function assertUsable(name: string, value: string, subject = name): void {
  if (Buffer.byteLength(`${name}=${value}`, 'utf8') > LONGEST_STRING) {
    throw new SettingError('the value is longer than the 128 KiB that a variable can hold', {
      subject,
      hint: 'give the path of a file where the setting takes one, such as a certificate',
    });
  }
  if (value.includes('\0')) {
    throw new SettingError('the value holds a NUL byte, which no variable can', { subject, hint: 'store it as text' });
  }
}

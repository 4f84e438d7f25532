/** Written differently in JSON, in a URL, in a connection string and in a regular expression. */
export const PASSWORD = `Unmistakable-9w"\\ '%/+?$&é*[x]#-also-Unmistak5n`;

const HEAD = Buffer.from('Unmistakable-9w');

/** Both ends of it, and its beginning as encodings write it. */
export const MARKS: readonly string[] = [
  'Unmistakable-9w',
  'Unmistak5n',
  HEAD.toString('base64').slice(0, -1),
  HEAD.toString('base64url').slice(0, -1),
  HEAD.toString('hex'),
];

export function holdsMark(text: string): boolean {
  return MARKS.some((mark) => text.includes(mark));
}

/** The end of a text that comes in parts. */
export type Tail = {
  add(part: string): void;
  text(): string;
};

/** Keeps that many characters at least, and what is left of the part before them. A joined text would be copied at each part. */
export function keepTail(characters: number): Tail {
  const parts: string[] = [];
  let length = 0;
  return {
    add(part) {
      parts.push(part);
      length += part.length;
      for (let first = parts[0] ?? ''; length - first.length >= characters; first = parts[0] ?? '') {
        parts.shift();
        length -= first.length;
      }
    },
    text: () => parts.join('').slice(-characters),
  };
}

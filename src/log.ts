export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'text' | 'json';
/** Stable names and plain values that travel beside a sentence; only the `json` format prints them. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};

export type LogOptions = {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one whole line, its newline included. */
  readonly write: (line: string) => void;
  /** Milliseconds since the epoch; printed by the `json` format. */
  readonly now: () => number;
};

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log of one line a message: `kong-entrypoint: info: ...`, or one JSON object. */
export function createLog(options: LogOptions): Log {
  function print(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (severity[level] < severity[options.level]) return;
    options.write(options.format === 'json' ? jsonLine(level, message, fields) : textLines(level, message, fields));
  }

  function jsonLine(level: LogLevel, message: string, fields: LogFields): string {
    const time = new Date(options.now()).toISOString();
    return `${JSON.stringify({ time, level, program: 'kong-entrypoint', message: shorten(message, LONGEST_TEXT), ...fields })}\n`;
  }

  return {
    debug: (message, fields) => print('debug', message, fields),
    info: (message, fields) => print('info', message, fields),
    warn: (message, fields) => print('warn', message, fields),
    error: (message, fields) => print('error', message, fields),
  };
}

/** A name of 100 KB in a setting makes no line of 100 KB: log drivers cut those in two. */
const LONGEST_TEXT = 4000;

function textLines(level: LogLevel, message: string, fields: LogFields): string {
  const first = `kong-entrypoint: ${level}: ${printable(shorten(message, LONGEST_TEXT))}\n`;
  const hint = fields['hint'];
  if (typeof hint !== 'string') return first;
  return `${first}kong-entrypoint: hint: ${printable(shorten(hint, LONGEST_TEXT))}\n`;
}

/** The text, its end left out where it is longer than that many characters. */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

/** The text with control characters written out, so that one message is one line and no terminal obeys it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

import { resolve } from 'node:path';
import type { CallExpression, NewExpression, Node } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import * as errors from '../../src/errors.ts';
import { type Choices, everyRun } from './choices.ts';
import { callsByTable, rowTold, type ToldError } from './fault-rows.ts';
import { type Frame, propertyOf, questionOf, type Reading } from './places.ts';
import { sentenceOf, truthOf } from './sentences.ts';
import { openSource, type Source } from './source.ts';
import { printText, type Text } from './text.ts';

/** An error that the program can end with, as the code puts it together. */
export type ListedError = {
  readonly name: string;
  /** A number, or what it is made of where the child or the signal decides. */
  readonly exitCode: string;
  readonly message: Text;
  readonly hint: Text;
  /** The file that makes it. */
  readonly file: string;
};

/** An error, and the piece of code that says it. */
type Found = { readonly error: ListedError; readonly place: Node };

/** Every error in the code, in the order of the files. */
export function listErrors(root: string): readonly ListedError[] {
  const source = openSource(resolve(root));
  try {
    const sites = source.nodes.filter(is.isNewExpression).filter((node) => isErrorOfOurs(node, source));
    const found = [
      ...sites.flatMap((site) => everyRun((choices) => errorAt(site, source, choices)).flat()),
      ...callsByTable(source).flatMap((call) => everyRun((choices) => errorByTable(call, source, choices))),
    ];
    const order = new Map(source.nodes.map((node, index) => [node, index]));
    const orderOf = ({ place }: Found): number => order.get(place) ?? 0;
    return unique(found.toSorted((one, other) => orderOf(one) - orderOf(other)).map(({ error }) => error));
  } finally {
    source.close();
  }
}

function isErrorOfOurs({ expression }: NewExpression, source: Source): boolean {
  if (!is.isIdentifier(expression)) return false;
  const made = errorClass(expression.text);
  return made?.prototype instanceof errors.EntrypointError && source.declarationOf(expression) !== undefined;
}

function errorByTable(call: CallExpression, source: Source, choices: Choices): Found {
  return listed(rowTold({ source, choices, depth: 0 }, call), source);
}

function listed({ name, message, hint, place }: ToldError, source: Source): Found {
  return { place, error: { name, exitCode: exitCodeOf(name), message, hint, file: source.fileOf(place) } };
}

/** None where these decisions do not lead here. */
function errorAt(site: NewExpression, source: Source, choices: Choices): Found[] {
  const reading: Reading = { source, choices, depth: 0 };
  const frame: Frame = new Map();
  const [message, details] = site.arguments ?? [];
  if (message === undefined || details === undefined) return [];
  const readHint = (): Text => sentenceOf(reading, propertyOf(reading, { node: details, frame }, 'hint', true));
  const readMessage = (): Text => sentenceOf(reading, { node: message, frame });
  // Twice: what the hint decides counts for the message too, and the other way round.
  readHint();
  readMessage();
  const hint = readHint();
  if (!isReached(reading, site, frame)) return [];
  const name = site.expression.getText();
  return [listed({ name, message: readMessage(), hint, place: site }, source)];
}

/** `condition ? new A() : new B()` makes only one of the two. */
function isReached(reading: Reading, site: Node, frame: Frame): boolean {
  const { parent } = site;
  if (!is.isConditionalExpression(parent)) return true;
  const truth = truthOf(reading, { node: parent.condition, frame });
  const isTrue = truth ?? reading.choices.take(questionOf(reading, parent.condition), 2) === 0;
  return isTrue === (parent.whenTrue === site);
}

function exitCodeOf(name: string): string {
  if (name === 'ChildFailedError') return "the child's";
  if (name === 'StoppedBySignalError') return '128 + n';
  const made: unknown = Reflect.construct(errorClass(name) ?? Error, ['', { hint: '' }]);
  return made instanceof errors.EntrypointError ? `${made.exitCode}` : '';
}

function errorClass(name: string): (new (...given: never[]) => unknown) | undefined {
  const found: unknown = Object.entries(errors).find(([exported]) => exported === name)?.[1];
  return typeof found === 'function' ? (found as new (...given: never[]) => unknown) : undefined;
}

function unique(list: readonly ListedError[]): ListedError[] {
  const told = ({ name, message, hint, file }: ListedError): string =>
    [name, printText(message), printText(hint), file].join('\n');
  return [...new Map(list.map((one) => [told(one), one])).values()];
}

import type {
  BinaryExpression,
  CallExpression,
  ConditionalExpression,
  Node,
  TemplateExpression,
} from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { isOneThing, nameOf } from './names.ts';
import {
  deeper,
  elementsOf,
  type Frame,
  follow,
  memberOf,
  objectOf,
  type Place,
  propertyOf,
  questionOf,
  type Reading,
  returnsOf,
} from './places.ts';
import { isHole, isTangled, type Text } from './text.ts';

/** The operators `+`, `||` and `??`, as the compiler counts them. */
const PLUS = 39;
const eitherOf: ReadonlySet<number> = new Set([57, 60]);

/**
 * What an expression says. As a whole sentence, each way to say it is a decision, taken from the choices; within a sentence, the ways are
 * told side by side, unless the decision was taken already.
 */
export function sentenceOf(reading: Reading, place: Place | undefined, isWhole = true): Text {
  if (place === undefined) return [{ hole: 'text' }];
  return deeper(reading, () => read(reading, place, isWhole)) ?? [{ hole: nameOf(place.node) }];
}

function read(reading: Reading, place: Place, isWhole: boolean): Text {
  const { node, frame } = place;
  if (is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node) || is.isNumericLiteral(node))
    return [node.text];
  if (is.isParenthesizedExpression(node) || is.isAsExpression(node))
    return sentenceOf(reading, { node: node.expression, frame }, isWhole);
  if (is.isTemplateExpression(node)) return readTemplate(reading, node, frame, isWhole);
  if (is.isConditionalExpression(node)) return readConditional(reading, node, frame, isWhole);
  if (is.isBinaryExpression(node)) return readOperator(reading, node, frame, isWhole);
  if (is.isCallExpression(node)) return readCall(reading, node, frame, isWhole);
  return readName(reading, place, isWhole);
}

function readTemplate(
  reading: Reading,
  { head, templateSpans }: TemplateExpression,
  frame: Frame,
  isWhole: boolean,
): Text {
  const isBare = isWhole && [head, ...templateSpans.map(({ literal }) => literal)].every(({ text }) => text === '');
  const spans = templateSpans.flatMap(({ expression, literal }) => [
    ...sentenceOf(reading, { node: expression, frame }, isBare),
    literal.text,
  ]);
  return [head.text, ...spans];
}

function readConditional(reading: Reading, node: ConditionalExpression, frame: Frame, isWhole: boolean): Text {
  const ways = [node.whenTrue, node.whenFalse].filter((one) => !isUndefined(one)).map((one) => ({ node: one, frame }));
  const [only, other] = ways;
  if (other === undefined) return sentenceOf(reading, only, isWhole);
  const truth = truthOf(reading, { node: node.condition, frame });
  if (truth !== undefined) return sentenceOf(reading, ways[truth ? 0 : 1], isWhole);
  return readOneOf(reading, node.condition, ways, isWhole);
}

function isUndefined(node: Node): boolean {
  return is.isIdentifier(node) && node.text === 'undefined';
}

function readOperator(reading: Reading, node: BinaryExpression, frame: Frame, isWhole: boolean): Text {
  const sides = [node.left, node.right].map((one) => ({ node: one, frame }));
  const operator: number = node.operatorToken.kind;
  if (operator === PLUS) return sides.flatMap((side) => sentenceOf(reading, side, false));
  return eitherOf.has(operator) ? readOneOf(reading, node, sides, isWhole) : [{ hole: nameOf(node) }];
}

function readCall(reading: Reading, node: CallExpression, frame: Frame, isWhole: boolean): Text {
  const returns = isOneThing(node) ? undefined : returnsOf(reading, node, frame);
  const text = returns === undefined ? [] : readOneOf(reading, node, returns, isWhole);
  return isHole(text) || (!isWhole && isTangled(text)) ? [{ hole: nameOf(node) }] : text;
}

function readName(reading: Reading, { node, frame }: Place, isWhole: boolean): Text {
  if (is.isElementAccessExpression(node)) {
    const values = elementsOf(reading, node, frame, isWhole);
    return values.length === 0 ? [{ hole: nameOf(node) }] : readOneOf(reading, node, values, isWhole);
  }
  const found = is.isPropertyAccessExpression(node)
    ? propertyOf(reading, { node: node.expression, frame }, node.name.text, isWhole)
    : is.isIdentifier(node)
      ? follow(reading, { node, frame }, isWhole)
      : undefined;
  const text = found === undefined ? [] : sentenceOf(reading, found, isWhole);
  // The nearest name is the best for what is not known.
  return isHole(text) ? [{ hole: nameOf(node) }] : text;
}

function readOneOf(reading: Reading, asked: Node, ways: readonly Place[], isWhole: boolean): Text {
  const question = questionOf(reading, asked);
  const isDecided = isWhole || reading.choices.taken(question) !== undefined;
  if (!isDecided) return [{ oneOf: ways.map((way) => sentenceOf(reading, way, false)) }];
  return sentenceOf(reading, ways[reading.choices.take(question, ways.length)], isWhole);
}

/** Whether a flag of a known object is set; undefined for any other condition. */
export function truthOf(reading: Reading, { node, frame }: Place): boolean | undefined {
  if (!is.isPropertyAccessExpression(node)) return undefined;
  const literal = objectOf(reading, { node: node.expression, frame }, false);
  const found = literal === undefined ? undefined : memberOf(reading, literal, node.name.text, false);
  if (literal === undefined || found === undefined) return literal === undefined ? undefined : false;
  const text = found.node.getText();
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
}

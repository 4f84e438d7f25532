import type {
  BindingElement,
  CallExpression,
  ElementAccessExpression,
  Node,
  ObjectLiteralElementLike,
  ParameterDeclaration,
} from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import type { Choices } from './choices.ts';
import type { Source } from './source.ts';

/** What the parameters of the functions around a piece of code stand for. */
export type Frame = Map<Node, Place | undefined>;
/** An expression, and what the parameters in it stand for. */
export type Place = { readonly node: Node; readonly frame: Frame };

/** One reading of the source, with the decisions that it takes. */
export type Reading = { readonly source: Source; readonly choices: Choices; depth: number };

const DEEPEST = 12;

/** Runs unless the code goes in circles. */
export function deeper<T>(reading: Reading, run: () => T): T | undefined {
  if (reading.depth > DEEPEST) return undefined;
  reading.depth += 1;
  try {
    return run();
  } finally {
    reading.depth -= 1;
  }
}

/** The question that a piece of code is: the same for the same words in the same function. */
export function questionOf({ source }: Reading, node: Node): string {
  return `${source.fileOf(node)}:${functionAround(node)?.getStart() ?? 0}:${node.getText()}`;
}

function functionAround(node: Node): Node | undefined {
  let around: Node | undefined = node.parent;
  while (around !== undefined && !is.isFunctionLikeDeclaration(around)) around = around.parent;
  return around;
}

/** What a name stands for: the value of a constant, or what a caller gives. Only with `mayChoose` a caller is chosen. */
export function follow(reading: Reading, { node, frame }: Place, mayChoose: boolean): Place | undefined {
  const declaration = reading.source.declarationOf(node);
  if (declaration === undefined) return undefined;
  if (is.isVariableDeclaration(declaration)) return placeOf(declaration.initializer, frame);
  if (is.isParameterDeclaration(declaration)) return given(reading, declaration, frame, mayChoose);
  return is.isBindingElement(declaration) ? followPart(reading, declaration, frame, mayChoose) : undefined;
}

/** `{ message, hint }: Problem` and `const { hint } = problem`. */
function followPart(reading: Reading, part: BindingElement, frame: Frame, mayChoose: boolean): Place | undefined {
  const owner = part.parent.parent;
  const name = (part.propertyName ?? part.name)?.getText() ?? '';
  if (is.isVariableDeclaration(owner)) return propertyOf(reading, placeOf(owner.initializer, frame), name, mayChoose);
  if (!is.isParameterDeclaration(owner)) return undefined;
  const object = given(reading, owner, frame, mayChoose);
  if (object !== undefined) return propertyOf(reading, object, name, mayChoose);
  return mayChoose && owner.name !== undefined ? someObject(reading, owner.name, name) : undefined;
}

/** What is given for the parameter; where that is open, one call of the function is chosen. */
function given(reading: Reading, parameter: ParameterDeclaration, frame: Frame, mayChoose: boolean): Place | undefined {
  if (!frame.has(parameter) && mayChoose) {
    const called = parameter.parent;
    const calls = reading.source.callsOf(called);
    const name = `call of ${reading.source.fileOf(called)}:${called.getStart()}`;
    const call = calls.length === 0 ? undefined : calls[reading.choices.take(name, calls.length)];
    if (call !== undefined) bind(called, { node: call, frame: new Map() }, frame);
  }
  return frame.get(parameter);
}

function bind(called: Node, { node, frame }: Place, into: Frame): void {
  if (!is.isFunctionLikeDeclaration(called) || !is.isCallExpression(node)) return;
  called.parameters.forEach((parameter: ParameterDeclaration, index: number) => {
    into.set(parameter, placeOf(node.arguments[index] ?? parameter.initializer, frame));
  });
}

/** What a call of a function of ours can return. */
export function returnsOf({ source }: Reading, call: CallExpression, frame: Frame): readonly Place[] | undefined {
  const called = source.functionOf(call);
  if (called === undefined || !is.isFunctionLikeDeclaration(called) || called.body === undefined) return undefined;
  const inner: Frame = new Map(frame);
  bind(called, { node: call, frame }, inner);
  const returned = is.isBlock(called.body) ? returnedIn(called.body) : [called.body];
  return returned.map((node) => ({ node, frame: inner }));
}

function returnedIn(block: Node): Node[] {
  const found: Node[] = [];
  block.forEachChild(function visit(node: Node): void {
    if (is.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    else if (!is.isFunctionLikeDeclaration(node)) node.forEachChild(visit);
  });
  return found;
}

/** The expression that a property of this object has. */
export function propertyOf(
  reading: Reading,
  object: Place | undefined,
  name: string,
  mayChoose: boolean,
): Place | undefined {
  if (object === undefined) return undefined;
  const literal = objectOf(reading, object, mayChoose);
  if (literal !== undefined) return memberOf(reading, literal, name, mayChoose);
  const isChosen = reading.choices.taken(`object ${questionOf(reading, object.node)}`) !== undefined;
  if (!is.isIdentifier(object.node) || !(mayChoose || isChosen)) return undefined;
  return someObject(reading, object.node, name);
}

/** One of all the objects that are written down for this type, and its property. */
function someObject(reading: Reading, object: Node, name: string): Place | undefined {
  const all = reading.source.objectsLike(object, name);
  const chosen =
    all.length === 0 ? undefined : all[reading.choices.take(`object ${questionOf(reading, object)}`, all.length)];
  return chosen === undefined ? undefined : memberOf(reading, { node: chosen, frame: new Map() }, name, true);
}

/** The object or the list, written down somewhere, that an expression comes to. */
export function objectOf(reading: Reading, place: Place, mayChoose: boolean): Place | undefined {
  const { node, frame } = place;
  if (is.isObjectLiteralExpression(node) || is.isArrayLiteralExpression(node)) return place;
  return deeper(reading, () => {
    const next = is.isIdentifier(node)
      ? follow(reading, place, mayChoose)
      : is.isPropertyAccessExpression(node)
        ? propertyOf(reading, { node: node.expression, frame }, node.name.text, mayChoose)
        : oneOfSeveral(reading, place, mayChoose);
    return next === undefined ? undefined : objectOf(reading, next, mayChoose);
  });
}

function oneOfSeveral(reading: Reading, place: Place, mayChoose: boolean): Place | undefined {
  const several = severalOf(reading, place, mayChoose);
  const question = questionOf(reading, place.node);
  if (several.length === 0 || !(mayChoose || reading.choices.taken(question) !== undefined)) return undefined;
  return several[reading.choices.take(question, several.length)];
}

function severalOf(reading: Reading, { node, frame }: Place, mayChoose: boolean): readonly Place[] {
  if (is.isParenthesizedExpression(node) || is.isAsExpression(node) || is.isSatisfiesExpression(node))
    return [{ node: node.expression, frame }];
  if (is.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].map((one) => ({ node: one, frame }));
  if (is.isBinaryExpression(node)) return [node.left, node.right].map((one) => ({ node: one, frame }));
  if (is.isCallExpression(node)) return returnsOf(reading, node, frame) ?? [];
  if (!is.isElementAccessExpression(node)) return [];
  return elementsOf(reading, node, frame, mayChoose);
}

/** What `table[key]` can be: the element of a list whose number is written there, else every value of the table. */
export function elementsOf(
  reading: Reading,
  { expression, argumentExpression: key }: ElementAccessExpression,
  frame: Frame,
  mayChoose: boolean,
): readonly Place[] {
  const table = objectOf(reading, { node: expression, frame }, mayChoose);
  if (table === undefined) return [];
  if (is.isArrayLiteralExpression(table.node)) {
    const elements = table.node.elements.map((node) => ({ node, frame: table.frame }));
    return key !== undefined && is.isNumericLiteral(key)
      ? elements.slice(Number(key.text), Number(key.text) + 1)
      : elements;
  }
  if (!is.isObjectLiteralExpression(table.node)) return [];
  return table.node.properties.flatMap((one) => assignedBy(one, table.frame) ?? []);
}

export function memberOf(reading: Reading, literal: Place, name: string, mayChoose: boolean): Place | undefined {
  if (!is.isObjectLiteralExpression(literal.node)) return undefined;
  for (const one of literal.node.properties.toReversed()) {
    const found = is.isSpreadAssignment(one)
      ? propertyOf(reading, { node: one.expression, frame: literal.frame }, name, mayChoose)
      : one.name?.getText() === name
        ? assignedBy(one, literal.frame)
        : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function assignedBy(one: ObjectLiteralElementLike, frame: Frame): Place | undefined {
  if (is.isPropertyAssignment(one)) return placeOf(one.initializer, frame);
  return is.isShorthandPropertyAssignment(one) ? placeOf(one.name, frame) : undefined;
}

function placeOf(node: Node | undefined, frame: Frame): Place | undefined {
  return node === undefined ? undefined : { node, frame };
}

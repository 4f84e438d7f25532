import type { CallExpression, Node } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';

/** What these return stands for one thing that only a start knows, however it is put together; and the word for it. */
const words: ReadonlyMap<string, string> = new Map([
  ['codeOf', 'code'],
  ['codeIn', 'code'],
  ['printDuration', 'duration'],
  ['printReference', 'reference'],
  ['nameSetting', 'setting'],
]);

/** Whether a call is one thing to a reader, whatever it returns. */
export function isOneThing(call: CallExpression): boolean {
  return words.has(call.expression.getText());
}

/** A word for what the code would put here: the last name in it, `secretId` as `secret id`. */
export function nameOf(node: Node): string {
  if (is.isPropertyAccessExpression(node)) return spaced(node.name.text);
  if (is.isIdentifier(node)) return spaced(node.text);
  if (is.isCallExpression(node)) return nameOfCall(node);
  return firstNameIn(node) ?? 'text';
}

function nameOfCall(call: CallExpression): string {
  if (is.isPropertyAccessExpression(call.expression)) return nameOf(call.expression.expression);
  const [first, second] = call.arguments;
  const isOfOne = first !== undefined && second === undefined;
  return words.get(call.expression.getText()) ?? nameOf(isOfOne ? first : call.expression);
}

function firstNameIn(node: Node): string | undefined {
  return node.forEachChild((child) => {
    const isNamed = is.isIdentifier(child) || is.isPropertyAccessExpression(child) || is.isCallExpression(child);
    return isNamed ? nameOf(child) : firstNameIn(child);
  });
}

/** A name of the code as words. */
export function spaced(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

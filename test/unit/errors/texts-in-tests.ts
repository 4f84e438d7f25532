import type { Node } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

/** What a test's text leaves open: an expression in a template, or a pattern that is not a plain text. */
const OPEN = '\0';

/** Every text that is written down in a test, by the file it is in. A regular expression counts as the text it matches. */
export function textsInTests(root: string): ReadonlyMap<string, readonly string[]> {
  const api = new API({ cwd: root });
  try {
    const program = api.updateSnapshot({ openProject: `${root}/tsconfig.json` }).getProjects()[0]?.program;
    const files = program?.getSourceFileNames().filter((name) => name.startsWith(`${root}/test/`)) ?? [];
    return new Map(files.map((file) => [file.slice(root.length + 1), textsIn(program?.getSourceFile(file))]));
  } finally {
    api.close();
  }
}

function textsIn(file: Node | undefined): string[] {
  const texts: string[] = [];
  file?.forEachChild(function visit(node: Node): void {
    const text = textOf(node);
    if (text !== undefined) texts.push(text);
    node.forEachChild(visit);
  });
  return texts;
}

function textOf(node: Node): string | undefined {
  if (is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (is.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `${OPEN}${literal.text}`).join('');
  }
  return is.isRegularExpressionLiteral(node) ? plainTextOf(node.text) : undefined;
}

/** `/^66 secret "x" of \S+ \| check/` as what is fixed of it. */
function plainTextOf(pattern: string): string {
  return pattern
    .slice(1, pattern.lastIndexOf('/'))
    .replace(/^\^|\$$/g, '')
    .replace(/(?:\\[dSsw]|(?<!\\)\.|(?<!\\)\[[^\]]*\]|(?<!\\)\([^()]*\))(?:[*+?]|\{\d+(?:,\d*)?\})*/g, OPEN)
    .replaceAll('\\n', '\n')
    .replace(/\\(.)/g, '$1');
}

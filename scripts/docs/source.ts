import { relative } from 'node:path';
import type { CallExpression, Node, ObjectLiteralExpression } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API, type Project, type Symbol as TypeScriptSymbol } from 'typescript/unstable/sync';

/** The program's own source, as the compiler sees it. */
export type Source = {
  /** Every node, file by file, in the order of the text. */
  readonly nodes: readonly Node[];
  /** What a name stands for: the node that declares it, through imports. Undefined for what is not declared in `src`. */
  declarationOf(name: Node): Node | undefined;
  /** The function of ours that is called. */
  functionOf(call: CallExpression): Node | undefined;
  /** The calls of a function, by its name. */
  callsOf(called: Node): readonly CallExpression[];
  /** Every object literal with that property that is written down for a type that this node has. */
  objectsLike(node: Node, property: string): readonly ObjectLiteralExpression[];
  fileOf(node: Node): string;
  close(): void;
};

export function openSource(root: string): Source {
  const api = new API({ cwd: root });
  const project = api.updateSnapshot({ openProject: `${root}/tsconfig.json` }).getProjects()[0];
  if (project === undefined) throw new Error('tsconfig.json makes no project');
  const nodes = nodesOf(project, `${root}/src/`);
  const symbols = symbolsOf(project, nodes);
  const declarationOf = (name: Node): Node | undefined => declarationIn(project, symbols.get(name), `${root}/src/`);
  const calls = Map.groupBy(nodes.filter(is.isCallExpression), functionOf);
  const literals = nodes.filter(is.isObjectLiteralExpression);

  function functionOf({ expression }: CallExpression): Node | undefined {
    const declaration = is.isIdentifier(expression) ? declarationOf(expression) : undefined;
    return declaration !== undefined && is.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
  }

  return {
    nodes,
    declarationOf,
    functionOf,
    callsOf: (called) => calls.get(called) ?? [],
    objectsLike(node, property) {
      const wanted = declarationsOfProperty(project, node, property);
      return literals.filter(
        (literal) =>
          literal.properties.some((one) => !is.isSpreadAssignment(one) && one.name?.getText() === property) &&
          declarationsOfProperty(project, literal, property).some((one) => wanted.includes(one)),
      );
    },
    fileOf: (node) => relative(root, node.getSourceFile().fileName),
    close: () => api.close(),
  };
}

function nodesOf({ program }: Project, folder: string): Node[] {
  const found: Node[] = [];
  function visit(node: Node): void {
    found.push(node);
    node.forEachChild(visit);
  }
  for (const name of program.getSourceFileNames())
    if (name.startsWith(folder)) program.getSourceFile(name)?.forEachChild(visit);
  return found;
}

/** All in one question: the compiler is another process. */
function symbolsOf({ checker }: Project, nodes: readonly Node[]): Map<Node, TypeScriptSymbol> {
  const names = nodes.filter(is.isIdentifier);
  const found = checker.getSymbolAtLocation(names);
  return new Map(
    names.flatMap((name, index) => {
      const isShorthand = is.isShorthandPropertyAssignment(name.parent);
      const symbol = isShorthand ? checker.getShorthandAssignmentValueSymbol(name.parent) : found[index];
      return symbol === undefined ? [] : [[name, symbol]];
    }),
  );
}

const ALIAS = 2097152;

function declarationIn({ checker }: Project, symbol: TypeScriptSymbol | undefined, folder: string): Node | undefined {
  if (symbol === undefined) return undefined;
  const handle = ((symbol.flags & ALIAS) === 0 ? symbol : checker.getAliasedSymbol(symbol)).valueDeclaration;
  return handle?.path.startsWith(folder) === true ? handle.resolve() : undefined;
}

/** In each type that the node can have. */
function declarationsOfProperty({ checker }: Project, node: Node, property: string): Node[] {
  const type = is.isObjectLiteralExpression(node) ? checker.getContextualType(node) : checker.getTypeAtLocation(node);
  const types = type === undefined ? [] : type.isUnionType() ? type.getTypes() : [type];
  return types.flatMap((one) => checker.getPropertyOfType(one, property)?.valueDeclaration?.resolve() ?? []);
}

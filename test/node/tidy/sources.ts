// The project's own files, as the tests of style look at them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A node of the syntax tree; which fields it has depends on its type. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Import {
  /** A path below the project's folder without extension, or the name of a package. */
  readonly from: string;
  /** Names as exported there; `*` stands for all of them. */
  readonly names: readonly string[];
}

export interface Export {
  readonly name: string;
  /** An interface or a type alias, which exists for the type checker alone. */
  readonly isType: boolean;
}

export interface Source {
  /** Path below the project's folder. */
  readonly path: string;
  readonly text: string;
  readonly tree: Node;
  readonly imports: readonly Import[];
  /** What it declares and exports itself. */
  readonly exports: readonly Export[];
}

/** Every file of the project that is, or would be, committed. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && readOrNothing(path) !== undefined);
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A file that is deleted but not yet committed is still listed. */
function readOrNothing(path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

let parsed: readonly Source[] | undefined;

/** Every TypeScript file, parsed once per test file. */
export function sources(): readonly Source[] {
  parsed ??= projectFiles()
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => parseSource(path, read(path)));
  return parsed;
}

export function parseSource(path: string, text: string): Source {
  const tree = parseAst(text, { lang: 'ts' }) as unknown as Node;
  const imports: Import[] = [];
  const exports: Export[] = [];
  for (const node of tree.body as readonly Node[]) {
    const source = node.source as { value: string } | null | undefined;
    if (source) imports.push({ from: resolveSpecifier(path, source.value), names: importedNames(node) });
    else if (node.type === 'ExportNamedDeclaration') exports.push(...exported(node));
  }
  for (const node of walk(tree)) {
    if (node.type === 'ImportExpression') imports.push(dynamicImport(path, node));
    if (node.type === 'TSImportType')
      imports.push({ from: resolveSpecifier(path, (node.source as { value: string }).value), names: ['*'] });
  }
  return { path, text, tree, imports, exports };
}

function dynamicImport(path: string, node: Node): Import {
  const { value } = node.source as { value?: unknown };
  return { from: typeof value === 'string' ? resolveSpecifier(path, value) : '?', names: ['*'] };
}

function resolveSpecifier(path: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)).replace(/\.(ts|js)$/, '') : specifier;
}

/** Of `import …` and of `export … from`. */
function importedNames(node: Node): string[] {
  if (node.type === 'ExportAllDeclaration') return ['*'];
  return (node.specifiers as readonly Node[]).map((specifier) => {
    if (specifier.type === 'ImportNamespaceSpecifier') return '*';
    if (specifier.type === 'ImportDefaultSpecifier') return 'default';
    return nameOf(specifier.imported ?? specifier.local);
  });
}

function exported(node: Node): Export[] {
  const declaration = node.declaration as Node | null;
  if (declaration === null) {
    return (node.specifiers as readonly Node[]).map((specifier) => ({
      name: nameOf(specifier.exported),
      isType: node.exportKind === 'type',
    }));
  }
  const isType = declaration.type === 'TSInterfaceDeclaration' || declaration.type === 'TSTypeAliasDeclaration';
  if (declaration.type !== 'VariableDeclaration') return [{ name: nameOf(declaration.id), isType }];
  return (declaration.declarations as readonly Node[]).map(({ id }) => ({ name: nameOf(id), isType }));
}

function nameOf(identifier: unknown): string {
  return (identifier as { name: string }).name;
}

/** A node and all below it, in the order of the text. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const field of Object.values(node)) {
    for (const child of Array.isArray(field) ? field : [field]) if (isNode(child)) yield* walk(child);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Where a node stands, as an editor opens it. */
export function position(source: Source, node: Node): string {
  return `${source.path}:${source.text.slice(0, node.start as number).split('\n').length}`;
}

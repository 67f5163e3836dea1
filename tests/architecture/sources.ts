/** Reads the project's own files, for the tests that hold its walls. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** One import or re-export, as written. */
export interface Import {
  /** The file it stands in, from the root: `src/core/state.ts`. */
  readonly from: string
  /** What it asks for: a file from the root, or a package's name. */
  readonly to: string
  readonly line: number
  /** Gone once the types are stripped. */
  readonly typeOnly: boolean
  readonly reexport: boolean
  /** A package or a Node module, as opposed to a file of ours. */
  readonly foreign: boolean
}

/** Every file under a folder whose name ends in `suffix`, by its path from the root, in order. */
export function filesUnder(folder: string, suffix = '.ts'): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

export function parse(file: string, text = textOf(file)): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
}

/** The code alone: a comment may speak of what the code must not touch. */
export function withoutComments(file: string, text = textOf(file)): string {
  return ts.createPrinter({ removeComments: true }).printFile(parse(file, text))
}

/** Every way in which one file can lean on another: import, export from, import(), import('…').Type. */
export function importsOf(file: string, text = textOf(file)): readonly Import[] {
  const source = parse(file, text)
  const found: Import[] = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean, reexport: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const foreign = !specifier.text.startsWith('.')
    found.push({
      from: file,
      to: foreign
        ? packageName(specifier.text)
        : posix.normalize(posix.join(posix.dirname(file), specifier.text)),
      line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
      typeOnly,
      reexport,
      foreign,
    })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, isTypeOnlyImport(node), false)
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, isTypeOnlyExport(node), true)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false, false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true, false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The strings that stand first in a call: among them every test's title. Holes of templates are left empty. */
export function firstArguments(file: string, text = textOf(file)): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const first = node.arguments[0]
      if (first !== undefined && ts.isStringLiteralLike(first)) found.push(first.text)
      if (first !== undefined && ts.isTemplateExpression(first)) {
        found.push([first.head.text, ...first.templateSpans.map((span) => span.literal.text)].join(''))
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(file, text))
  return found
}

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  )
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true
  const clause = node.exportClause
  return (
    clause !== undefined &&
    ts.isNamedExports(clause) &&
    clause.elements.every((element) => element.isTypeOnly)
  )
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*'
  const [scope, name] = specifier.split('/')
  return scope?.startsWith('@') === true ? `${scope}/${name ?? ''}` : (scope ?? specifier)
}

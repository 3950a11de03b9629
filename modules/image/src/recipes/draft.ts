import { inspectKernel, kernelHeadBytes, peArchitecture } from '../inspect/kernel.ts'
import type { Architecture, BootConfig, NetbootConfig } from '../netboot-config.ts'
import { readStart, type Tree, type TreeFile, Unreadable } from '../tree.ts'
import { chosen } from './paths.ts'
import type { Recipe, RecipeVariant } from './recipe.ts'

/** A file that a variant needs beside its tree; `whole`: the input itself. */
export type DraftFile = { readonly role: string; readonly name: string; readonly file: TreeFile | 'whole' }

/** A variant whose bytes have no digests yet. */
export type DraftVariant = {
  readonly config: Omit<NetbootConfig, 'provenance' | 'recipe'>
  readonly files: readonly DraftFile[]
  /** Machines read the tree itself. */
  readonly needsTree: boolean
}

const whole = '.'
const commandLineBytes = 64 * 1024

export type DraftOptions = {
  readonly tree: Tree
  readonly recipe: Recipe
  readonly variant: RecipeVariant
  /** Further words of the command line. */
  readonly words: string
  readonly recognised: { readonly as: string; readonly because: string }
}

/** @throws {Unreadable} when a file that it needs is not there, or its kernel is none */
export async function draftOf({
  tree,
  recipe,
  variant,
  words,
  recognised,
}: DraftOptions): Promise<DraftVariant> {
  const parts = new Parts(tree, recipe.name)
  const { boot, architecture } = await bootOf(tree, variant, parts, words)
  for (const [role, patterns] of Object.entries(variant.files)) parts.need(role, patterns)
  const { firmware, cpuLevel } = variant
  const memory = memoryOf(recipe, parts.files, tree)
  const text = boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : ''
  return {
    config: {
      schema: 1,
      architecture,
      ...(cpuLevel !== undefined && { cpuLevel }),
      ...(firmware !== undefined && { firmware }),
      boot,
      parameters: recipe.parameters,
      ...(memory !== undefined && { memory }),
      recognised,
    },
    files: parts.files,
    needsTree: text.includes('{{tree}}'),
  }
}

type Boot = { readonly boot: BootConfig; readonly architecture: Architecture }

async function bootOf(tree: Tree, variant: RecipeVariant, parts: Parts, words: string): Promise<Boot> {
  switch (variant.method) {
    case 'linux':
      return await linuxOf(tree, variant, parts, words)
    case 'efi': {
      const program = parts.need('program', variant.program ?? [])
      const architecture = variant.architecture ?? (await architectureOf(tree, program, peArchitecture))
      const told = await cmdlineOf(tree, variant, words)
      return { boot: { method: 'efi', program: 'program', arguments: told }, architecture }
    }
    case 'iso':
      parts.need('iso', [whole])
      return { boot: { method: 'iso', iso: 'iso' }, architecture: variant.architecture ?? 'x86_64' }
    case 'wim':
      return wimOf(variant, parts)
    case 'disk':
      parts.need('disk', [whole])
      return {
        boot: { method: 'disk', disk: 'disk', map: 'map' },
        architecture: variant.architecture ?? 'x86_64',
      }
  }
}

async function linuxOf(tree: Tree, variant: RecipeVariant, parts: Parts, words: string): Promise<Boot> {
  const kernel = parts.need('kernel', variant.kernel ?? [])
  const own = variant.architecture ?? (await architectureOf(tree, kernel, kernelArchitecture))
  const initrds: { file: string; path?: string }[] = []
  for (const { file, as, optional } of variant.initrds) {
    const role = `initrd${initrds.length + 1}`
    if (optional && !parts.has(file)) continue
    parts.need(role, file)
    initrds.push({ file: role, ...(as !== undefined && { path: as }) })
  }
  const cmdline = await cmdlineOf(tree, variant, words)
  return { boot: { method: 'linux', kernel: 'kernel', initrds, cmdline }, architecture: own }
}

function wimOf({ loader = 'wimboot', wim = {}, architecture = 'x86_64' }: RecipeVariant, parts: Parts): Boot {
  const files: Record<string, string> = {}
  for (const [index, [as, patterns]] of Object.entries(wim).entries()) {
    const role = `wim${index + 1}`
    parts.need(role, patterns)
    files[as] = role
  }
  return { boot: { method: 'wim', loader, files }, architecture }
}

class Parts {
  readonly files: DraftFile[] = []
  readonly #tree: Tree
  readonly #family: string

  constructor(tree: Tree, family: string) {
    this.#tree = tree
    this.#family = family
  }

  has(patterns: readonly string[]): boolean {
    return patterns.includes(whole) || chosen(this.#tree, patterns) !== undefined
  }

  need(role: string, patterns: readonly string[]): TreeFile | 'whole' {
    const file = patterns.includes(whole) ? 'whole' : chosen(this.#tree, patterns)
    if (file === undefined)
      throw new Unreadable(
        `It is ${this.#family}, but ${patterns.join(' or ')} is not there: is it complete?`,
      )
    const name = this.#nameFor(file === 'whole' ? (this.#tree.name ?? role) : file.path)
    this.files.push({ role, name, file })
    return file
  }

  /** Machines tell files apart by name, and see only harmless ones. */
  #nameFor(path: string): string {
    const clean = (path.split('/').at(-1) ?? '')
      .replace(/[^A-Za-z0-9._+~-]/g, '_')
      .replace(/^[^A-Za-z0-9]+/, '')
    const base = clean.slice(0, 100) || 'file'
    let name = base
    for (let n = 2; this.files.some((file) => file.name === name); n++) name = `${n}-${base}`
    return name
  }
}

async function architectureOf(
  tree: Tree,
  file: TreeFile | 'whole',
  tell: (head: Buffer) => Architecture | undefined,
): Promise<Architecture> {
  const one = file === 'whole' ? [...tree.files.values()][0] : file
  const head = one && (await readStart(tree, one, kernelHeadBytes))
  const architecture = head && tell(head)
  if (architecture !== undefined) return architecture
  const verdict = head && inspectKernel(head)
  throw new Unreadable(
    `${one?.path}: ${verdict && 'refused' in verdict ? verdict.refused : 'It is not there.'}`,
  )
}

function kernelArchitecture(head: Buffer): Architecture | undefined {
  const verdict = inspectKernel(head)
  return 'architecture' in verdict ? verdict.architecture : undefined
}

async function cmdlineOf(
  tree: Tree,
  { cmdline, cmdlineFrom }: RecipeVariant,
  words: string,
): Promise<string> {
  const file = cmdlineFrom && chosen(tree, [cmdlineFrom.file])
  const text = file === undefined ? '' : (await readStart(tree, file, commandLineBytes)).toString('utf8')
  const own = cmdlineFrom?.format === 'ipxe' ? kernelLineOf(text) : text.replace(/\0.*$/s, '')
  return [own.replace(/\s+/g, ' ').trim(), cmdline, words].filter(Boolean).join(' ')
}

/** The arguments of the first `kernel` line of an iPXE script, without those that only iPXE understands. */
function kernelLineOf(script: string): string {
  const line = script.split(/\r?\n/).find((one) => /^\s*kernel\s/.test(one)) ?? ''
  const [, , ...words] = line.trim().split(/\s+/)
  return words.filter((word) => !word.startsWith('initrd=') && !word.includes('${')).join(' ')
}

function memoryOf({ memory }: Recipe, files: readonly DraftFile[], tree: Tree): number | undefined {
  if (memory === undefined) return undefined
  const all = tree.sources.reduce((sum, { size }) => sum + size, 0)
  const bytes = files
    .filter(({ role }) => memory.of.includes(role))
    .reduce((sum, { file }) => sum + (file === 'whole' ? all : file.size), 0)
  return Math.round(memory.mib * 2 ** 20 + memory.times * bytes)
}

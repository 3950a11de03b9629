import { parseArgs } from 'node:util'
import { parse, TomlError } from 'smol-toml'
import { closest } from './closest.ts'
import { isList, nameOf, type OptionTable, variableOf } from './option.ts'
import { configVariableOf, type Naming } from './program.ts'
import { quoted } from './value-schemas.ts'

/** What one source says of one option, and where, in words for a person. */
export type Given = { readonly key: string; readonly texts: readonly string[]; readonly from: string }
export type Source = { readonly given: readonly Given[]; readonly errors: readonly string[] }

export type Flags = Source & {
  readonly help: boolean
  readonly version: boolean
  /** `--config`. */
  readonly config: string | undefined
}

export function readFlags(options: OptionTable, argv: readonly string[]): Flags {
  const byFlag = named(options, nameOf)
  const textOptions = [...byFlag.keys(), 'config']
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
      ...Object.fromEntries(textOptions.map((name) => [name, { type: 'string' as const }])),
    },
  })
  const texts = new Map<string, string[]>()
  const errors: string[] = []
  for (const token of tokens) {
    const error = flagError(token, textOptions)
    if (error !== undefined) errors.push(error)
    else if (token.kind === 'option')
      texts.set(token.name, [...(texts.get(token.name) ?? []), token.value ?? ''])
  }
  const given = [...byFlag].flatMap(([name, option]) => {
    const found = texts.get(name)
    if (found === undefined) return []
    return [{ key: option.key, texts: parts(option, found), from: `flag --${name}` }]
  })
  return {
    help: texts.has('help'),
    version: texts.has('version'),
    config: texts.get('config')?.at(-1),
    errors,
    given,
  }
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

function flagError(token: Token, textOptions: readonly string[]): string | undefined {
  if (token.kind === 'positional') return `${quoted(token.value)} is no option: options begin with --`
  if (token.kind !== 'option' || token.name === 'help' || token.name === 'version') return undefined
  if (!textOptions.includes(token.name)) return unknownName(token.rawName, textOptions, '--')
  const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))
  return isMissing ? `${token.rawName}: needs a value` : undefined
}

/** An empty variable counts as absent. */
export function readEnvironment(
  naming: Pick<Naming, 'options' | 'prefix' | 'othersVariables'>,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const names = named(naming.options, (key) => variableOf(naming.prefix, key))
  const configVariable = configVariableOf(naming)
  const known = [...names.keys(), configVariable]
  const given: Given[] = []
  const errors: string[] = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(naming.prefix) || text === undefined || text === '') continue
    const option = names.get(name)
    if (option !== undefined)
      given.push({ key: option.key, texts: parts(option, [text]), from: `environment ${name}` })
    else if (name !== configVariable && !naming.othersVariables.includes(name))
      errors.push(unknownName(name, known, ''))
  }
  return { given, errors }
}

/** Reads the text of the TOML file `path`. */
export function readToml(options: OptionTable, path: string, text: string): Source {
  const names = named(options, nameOf)
  const given: Given[] = []
  const errors: string[] = []
  const table = parseToml(path, text)
  if (typeof table === 'string') return { given, errors: [table] }
  for (const [name, value] of Object.entries(table)) {
    const option = names.get(name)
    const texts = [value].flat().map(scalarText)
    if (option === undefined) errors.push(`${path}: ${unknownName(name, [...names.keys()], '')}`)
    else if (texts.includes(undefined) || (Array.isArray(value) && !option.takesList))
      errors.push(`${name} (${path}): must be ${option.takesList ? 'a list of texts' : 'a text or a number'}`)
    else given.push({ key: option.key, texts: texts.filter((part) => part !== undefined), from: path })
  }
  return { given, errors }
}

function parseToml(path: string, text: string): Record<string, unknown> | string {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    return `${path}, line ${error.line}, column ${error.column}: ${error.message.split('\n')[0]}`
  }
}

function scalarText(value: unknown): string | undefined {
  return ['string', 'number', 'bigint'].includes(typeof value) ? String(value) : undefined
}

type Named = { readonly key: string; readonly takesList: boolean }

/** The options by how a source calls them. */
function named(options: OptionTable, nameIn: (key: string) => string): ReadonlyMap<string, Named> {
  return new Map(
    Object.entries(options).map(([key, option]) => [nameIn(key), { key, takesList: isList(option) }]),
  )
}

const parts = ({ takesList }: Named, texts: readonly string[]) =>
  takesList ? texts.flatMap((text) => text.split(',').map((part) => part.trim())) : texts

function unknownName(name: string, known: readonly string[], prefix: string): string {
  const near = closest(name.replace(/^--?/, ''), known)
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
  return `${shown}: there is no such option${near === undefined ? '' : `; did you mean ${prefix}${near}?`}`
}

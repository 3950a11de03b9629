import { parseArgs } from 'node:util'
import { parse, TomlError } from 'smol-toml'
import { closest } from './closest.ts'
import { isList, nameOf, type OptionKey, optionKeys, variableOf } from './options.ts'
import { quoted } from './value-schemas.ts'

/** What one source says of one option, and where, in words for a person. */
export type Given = { readonly key: OptionKey; readonly texts: readonly string[]; readonly from: string }
export type Source = { readonly given: readonly Given[]; readonly errors: readonly string[] }

/** Of the `bootcast` command and of the tests, which may share the environment. */
const othersVariables: readonly string[] = ['BOOTCAST_URL', 'BOOTCAST_TOKEN', 'BOOTCAST_FUZZ_RUNS']
export const configVariable = 'BOOTCAST_CONFIG'

export type Flags = Source & {
  readonly help: boolean
  readonly version: boolean
  /** `--config`. */
  readonly config: string | undefined
}

const byFlag = new Map(optionKeys.map((key) => [nameOf(key), key]))
const textOptions = [...byFlag.keys(), 'config']

export function readFlags(argv: readonly string[]): Flags {
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
    const error = flagError(token)
    if (error !== undefined) errors.push(error)
    else if (token.kind === 'option')
      texts.set(token.name, [...(texts.get(token.name) ?? []), token.value ?? ''])
  }
  const given = [...byFlag].flatMap(([name, key]) => {
    const found = texts.get(name)
    return found === undefined ? [] : [{ key, texts: parts(key, found), from: `flag --${name}` }]
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

function flagError(token: Token): string | undefined {
  if (token.kind === 'positional') return `${quoted(token.value)} is no option: options begin with --`
  if (token.kind !== 'option' || token.name === 'help' || token.name === 'version') return undefined
  if (!textOptions.includes(token.name)) return unknownName(token.rawName, textOptions, '--')
  const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))
  return isMissing ? `${token.rawName}: needs a value` : undefined
}

/** An empty variable counts as absent. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Source {
  const names = new Map(optionKeys.map((key) => [variableOf(key), key]))
  const known = [...names.keys(), configVariable]
  const given: Given[] = []
  const errors: string[] = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('BOOTCAST_') || text === undefined || text === '') continue
    const key = names.get(name)
    if (key !== undefined) given.push({ key, texts: parts(key, [text]), from: `environment ${name}` })
    else if (name !== configVariable && !othersVariables.includes(name))
      errors.push(unknownName(name, known, ''))
  }
  return { given, errors }
}

/** Reads the text of the TOML file `path`. */
export function readToml(path: string, text: string): Source {
  const names = new Map(optionKeys.map((key) => [nameOf(key), key]))
  const given: Given[] = []
  const errors: string[] = []
  const table = parseToml(path, text)
  if (typeof table === 'string') return { given, errors: [table] }
  for (const [name, value] of Object.entries(table)) {
    const key = names.get(name)
    const texts = [value].flat().map(scalarText)
    if (key === undefined) errors.push(`${path}: ${unknownName(name, [...names.keys()], '')}`)
    else if (texts.includes(undefined) || (Array.isArray(value) && !isList(key)))
      errors.push(`${name} (${path}): must be ${isList(key) ? 'a list of texts' : 'a text or a number'}`)
    else given.push({ key, texts: texts.filter((part) => part !== undefined), from: path })
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

const parts = (key: OptionKey, texts: readonly string[]) =>
  isList(key) ? texts.flatMap((text) => text.split(',').map((part) => part.trim())) : texts

function unknownName(name: string, known: readonly string[], prefix: string): string {
  const near = closest(name.replace(/^--?/, ''), known)
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
  return `${shown}: there is no such option${near === undefined ? '' : `; did you mean ${prefix}${near}?`}`
}

import type { Interfaces } from './interfaces.ts'
import { type ConfigOf, isList, nameOf, type OptionTable } from './option.ts'
import { configVariableOf, type Disagreement, type Naming, type Program } from './program.ts'
import { type Given, readEnvironment, readFlags, readToml, type Source } from './sources.ts'

export type Surroundings = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** As `os.networkInterfaces()` gives them. */
  readonly interfaces: Interfaces
  /** The text of a file; `undefined` when it does not exist. @throws when it cannot be read */
  readonly readFile: (path: string) => string | undefined
}
/** What the arguments ask for. */
export type Asked<C> =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly config: C }

/** The configuration cannot be used; `errors` has one line for each thing that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly errors: readonly string[]

  constructor(errors: readonly string[]) {
    super(errors.join('\n'))
    this.errors = errors
  }
}

/**
 * Reads flags, environment and file, in this order of precedence, and checks all of it.
 * @throws {ConfigError} with everything that is wrong
 */
export function readConfig<T extends OptionTable>(
  program: Program<T>,
  { argv, env, interfaces, readFile }: Surroundings,
): Asked<ConfigOf<T>> {
  const flags = readFlags(program.options, argv)
  if (flags.help) return { kind: 'help' }
  if (flags.version) return { kind: 'version' }
  const named = flags.config ?? (env[configVariableOf(program)] || undefined)
  const file = readFileSource(program, named, readFile)
  const sources: readonly Source[] = [flags, readEnvironment(program, env), file]
  const given = new Map<string, Given>()
  for (const each of sources.flatMap((source) => source.given))
    if (!given.has(each.key)) given.set(each.key, each)
  const { config, errors } = parsed(program.options, given)
  const where = ({ key, message }: Disagreement) => {
    const from = given.get(key)?.from
    return `${nameOf(key)}${from === undefined ? '' : ` (${from})`}: ${message}`
  }
  const known = {
    config: config as Partial<ConfigOf<T>>,
    interfaces,
    isGiven: (key: string) => given.has(key),
  }
  const all = [
    ...sources.flatMap((source) => source.errors),
    ...errors.map(where),
    ...program.disagreements(known).map(where),
  ]
  if (all.length > 0) throw new ConfigError(all)
  return { kind: 'run', config: config as ConfigOf<T> }
}

/** Each option in error is absent from `config`. */
function parsed(options: OptionTable, given: ReadonlyMap<string, Given>) {
  const config: Record<string, unknown> = {}
  const errors: Disagreement[] = []
  for (const [key, option] of Object.entries(options)) {
    const texts = given.get(key)?.texts
    const result = option.schema.safeParse(isList(option) ? texts : texts?.at(-1))
    if (result.success) config[key] = result.data
    else errors.push(...result.error.issues.map(({ message }) => ({ key, message })))
  }
  return { config, errors }
}

function readFileSource(
  { options, usualFile }: Naming,
  named: string | undefined,
  readFile: Surroundings['readFile'],
): Source {
  const path = named ?? usualFile
  try {
    const text = readFile(path)
    if (text !== undefined) return readToml(options, path, text)
    return { given: [], errors: named === undefined ? [] : [`config: there is no file ${path}`] }
  } catch (error) {
    return { given: [], errors: [`config: ${path} cannot be read: ${(error as Error).message}`] }
  }
}

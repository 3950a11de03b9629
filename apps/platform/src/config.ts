import { disagreements, type Interfaces } from './config/agreement.ts'
import { type Config, configSchema, isList, nameOf, type OptionKey, optionKeys } from './config/options.ts'
import {
  configVariable,
  type Given,
  readEnvironment,
  readFlags,
  readToml,
  type Source,
} from './config/sources.ts'

export type { Config } from './config/options.ts'

/** Taken when no file is named and this one exists. */
export const usualFile = '/etc/bootcast/config.toml'

export type Surroundings = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** As `os.networkInterfaces()` gives them. */
  readonly interfaces: Interfaces
  /** The text of a file; `undefined` when it does not exist. @throws when it cannot be read */
  readonly readFile: (path: string) => string | undefined
}
/** What the arguments ask for. */
export type Asked =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly config: Config }

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
export function readConfig({ argv, env, interfaces, readFile }: Surroundings): Asked {
  const flags = readFlags(argv)
  if (flags.help) return { kind: 'help' }
  if (flags.version) return { kind: 'version' }
  const file = readFileSource(flags.config ?? (env[configVariable] || undefined), readFile)
  const sources: readonly Source[] = [flags, readEnvironment(env), file]
  const given = new Map<OptionKey, Given>()
  for (const each of sources.flatMap((source) => source.given))
    if (!given.has(each.key)) given.set(each.key, each)
  const { config, errors } = parsed(given)
  const where = (key: OptionKey) =>
    given.has(key) ? `${nameOf(key)} (${given.get(key)?.from})` : nameOf(key)
  const all = [
    ...sources.flatMap((source) => source.errors),
    ...errors.map(({ key, message }) => `${where(key)}: ${message}`),
    ...disagreements({ config, interfaces, isGiven: (key) => given.has(key) }).map(
      ({ key, message }) => `${where(key)}: ${message}`,
    ),
  ]
  if (all.length > 0) throw new ConfigError(all)
  return { kind: 'run', config: config as Config }
}

function parsed(given: ReadonlyMap<OptionKey, Given>) {
  const config: Record<string, unknown> = {}
  const errors: { readonly key: OptionKey; readonly message: string }[] = []
  for (const key of optionKeys) {
    const texts = given.get(key)?.texts
    const result = configSchema.shape[key].safeParse(isList(key) ? texts : texts?.at(-1))
    if (result.success) config[key] = result.data
    else errors.push(...result.error.issues.map(({ message }) => ({ key, message })))
  }
  return { config: config as Partial<Config>, errors }
}

function readFileSource(named: string | undefined, readFile: Surroundings['readFile']): Source {
  const path = named ?? usualFile
  try {
    const text = readFile(path)
    if (text !== undefined) return readToml(path, text)
    return { given: [], errors: named === undefined ? [] : [`config: there is no file ${path}`] }
  } catch (error) {
    return { given: [], errors: [`config: ${path} cannot be read: ${(error as Error).message}`] }
  }
}

import type { PublicationRequest } from '../publishing/publications.ts'
import { BuildRefused, type Parameters } from './build.ts'

/** Something that the operator of the host lets people set, within bounds. */
export type Parameter = {
  readonly name: string
  readonly about: string | undefined
  /** Nothing else; `undefined`: one word. */
  readonly choices: readonly string[] | undefined
  /** `undefined`: somebody has to give it. */
  readonly default: string | undefined
}

type Common = {
  readonly name: string
  readonly about: string | undefined
  readonly timeoutSeconds: number
  readonly parameters: readonly Parameter[]
  /** How what it leaves boots, where no recipe is to find out by itself. */
  readonly publish: Pick<PublicationRequest, 'recipe' | 'byHand' | 'cmdline'>
}

/** A program of this computer. */
export type CommandBuilder = Common & {
  readonly kind: 'command'
  /** Program and arguments, as they are: nothing of a request is ever among them. */
  readonly command: readonly string[]
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** What is published of the output; `undefined`: all. */
  readonly output: string | undefined
}

/** A program elsewhere, behind a web server. */
export type WebhookBuilder = Common & {
  readonly kind: 'webhook'
  readonly url: URL
  readonly secret: string
  /** Where it may have its output fetched from, beside its own origin. */
  readonly origins: readonly string[]
}

/** What the operator of the host allows to be run. */
export type Builder = CommandBuilder | WebhookBuilder
export type Builders = ReadonlyMap<string, Builder>

/** Begins with no dash, so that no program takes it for an option; has nothing that a shell or a path would read. */
const word = /^[A-Za-z0-9][A-Za-z0-9._:@+,=~-]*$/

/** A value for each parameter of the builder. @throws {BuildRefused} for a name or a value that it does not take */
export function parametersFor({ name, parameters }: Builder, ...given: readonly Parameters[]): Parameters {
  const wanted = Object.assign({}, ...given) as Parameters
  const known = new Set(parameters.map((one) => one.name))
  const unknown = Object.keys(wanted).filter((one) => !known.has(one))
  if (unknown.length > 0)
    throw refused(`${name} has no ${unknown.join(', ')}; it has ${[...known].join(', ') || 'no parameters'}.`)
  return Object.fromEntries(
    parameters.map((parameter) => [parameter.name, valueFor(name, parameter, wanted[parameter.name])]),
  )
}

function valueFor(builder: string, { name, choices, ...more }: Parameter, given: string | undefined): string {
  const value = given ?? more.default
  if (value === undefined) throw refused(`${builder} needs ${name}.`)
  if (choices !== undefined && !choices.includes(value))
    throw refused(`${name} of ${builder} is one of ${choices.join(', ')}.`)
  if (choices === undefined && !isWord(value))
    throw refused(
      `${name} of ${builder} is a word of A-Z a-z 0-9 . _ : @ + , = ~ -, beginning with a letter or digit.`,
    )
  return value
}

export const isWord = (value: string): boolean => word.test(value)

const refused = (message: string) => new BuildRefused('build_parameters_refused', message)

/** @throws {BuildRefused} */
export function builderIn(builders: Builders, name: string): Builder {
  const found = builders.get(name)
  if (found !== undefined) return found
  const there = [...builders.keys()].join(', ') || 'none: the platform was started without --builders'
  throw new BuildRefused('builder_not_found', `There is no builder ${name}. There are: ${there}`)
}

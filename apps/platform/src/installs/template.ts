import type { FormatName } from './formats/format.ts'
import type { KindName } from './kinds.ts'

/** Answers for an installer, or a configuration, of an image; filled in for each machine. */
export type Template = {
  readonly image: string
  /** The recipe's parameter whose URL it becomes: `preseed`, or a name of a command line by hand. */
  readonly name: string
  readonly format: FormatName
  /** How often a machine may fetch each file in one boot. */
  readonly fetches: number
  /** What reads it installs a system on the machine's disk. */
  readonly installs: boolean
  readonly variables: readonly Variable[]
  /** One file, or several: then its URL is that of a folder. */
  readonly files: readonly TemplateFile[]
  /** Milliseconds since 1970. */
  readonly changedAt: number
  readonly changedBy: string
}

export type TemplateFile = { readonly name: string; readonly text: string }

/** What a template needs to know beside what is known of every machine; see `built-in.ts`. */
export type Variable = {
  readonly name: string
  readonly description: string
  readonly kind: KindName
  /** Only these values. */
  readonly choices: readonly string[]
  readonly default: string | undefined
  /** Without a value nothing boots; else it is empty. */
  readonly required: boolean
  /** Shown to nobody. */
  readonly secret: boolean
}

/** Something that keeps a template from being filled in. */
export type TemplateProblem = {
  /** Template, or template and file: `autoinstall/user-data`. */
  readonly where: string
  /** From 1; absent: it belongs to no line. */
  readonly line?: number | undefined
  /** From 1, in UTF-16 units; only with a line. */
  readonly column?: number | undefined
  readonly variable?: string | undefined
  /** A sentence without a full stop. */
  readonly message: string
}

/** `preseed line 12: the variable username has no value` */
export const problemText = ({ where, line, message }: TemplateProblem): string =>
  `${where}${line === undefined ? '' : ` line ${line}`}: ${message}`

/** The template cannot be used as it is. */
export class TemplateUnusable extends Error {
  override readonly name = 'TemplateUnusable'
  readonly code = 'template_unusable'
  readonly problems: readonly TemplateProblem[]

  constructor(problems: readonly TemplateProblem[]) {
    super(problems.slice(0, 10).map(problemText).join('; '))
    this.problems = problems
  }
}

export class TemplateNotFound extends Error {
  override readonly name = 'TemplateNotFound'
  readonly code = 'template_not_found'

  constructor(image: string, name: string) {
    super(`The image ${image} has no template ${name}.`)
  }
}

/** A value that cannot be what it is meant for. */
export class ValueRefused extends Error {
  override readonly name = 'ValueRefused'
  readonly code = 'value_refused'

  constructor(name: string, why: string) {
    super(`${name}: ${why}.`)
  }
}

export class ValueNotFound extends Error {
  override readonly name = 'ValueNotFound'
  readonly code = 'value_not_found'

  constructor(name: string, of: string) {
    super(`${of} has no value ${name} of its own.`)
  }
}

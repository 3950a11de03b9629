import type { Interfaces } from './interfaces.ts'
import type { ConfigOf, KeyOf, OptionTable } from './option.ts'

/** What the reader of options, the help and the reference have to know of a program. */
export type Naming = {
  /** As people know it: `Bootcast`. */
  readonly name: string
  /** What it is for, in a sentence. */
  readonly about: string
  /** How it is started, without options: `npm start --`. */
  readonly command: string
  /** Command lines, each with a word on what it does; ends the help. */
  readonly examples: readonly string[]
  /** What the variables of the environment begin with: `BOOTCAST_`. */
  readonly prefix: string
  /** Variables that begin so and are of somebody else. */
  readonly othersVariables: readonly string[]
  /** Taken when no file is named and this one exists. */
  readonly usualFile: string
  readonly options: OptionTable
}

/** A program with options of its own. */
export type Program<T extends OptionTable> = Naming & {
  readonly options: T
  /** What each value alone cannot tell: whether the options fit together and to this computer. */
  readonly disagreements: (known: Known<T>) => readonly Disagreement[]
}

export type Known<T extends OptionTable> = {
  /** What could be read; an option in error is absent. */
  readonly config: Partial<ConfigOf<T>>
  readonly isGiven: (key: KeyOf<T>) => boolean
  readonly interfaces: Interfaces
}
export type Disagreement = {
  /** Of an option. */
  readonly key: string
  readonly message: string
}

/** The variable that names the file of options. */
export const configVariableOf = ({ prefix }: Pick<Naming, 'prefix'>): string => `${prefix}CONFIG`

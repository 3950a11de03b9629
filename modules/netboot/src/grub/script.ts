import { NotExpressible } from '../not-expressible.ts'
import { screenText } from '../screen-text.ts'
import { argumentsOf, checkGrubCommandLine } from './command-line.ts'

/** Text of a script that was made here: one word, or several. */
class Written {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A plain string is one literal word, whatever stands in it. */
export type GrubPart = string | Written
type Command = readonly [string, ...GrubPart[]]

/** The value of a variable at run time, as one word however many spaces it has. */
export function variable(name: string): Written {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new NotExpressible(name, 'it is no name of a variable', 'GRUB')
  return new Written(`"$${name}"`)
}

/** A kernel command line. @throws {NotExpressible} see `checkGrubCommandLine` */
export function grubCommandLine(text: string): Written {
  const reason = checkGrubCommandLine(text)
  if (reason !== undefined) throw new NotExpressible(text, reason, 'GRUB')
  return new Written(argumentsOf(text).map(quoted).join(' '))
}

/** The one door from a value into a script: within single quotes GRUB reads nothing but the quote that ends them. */
function quoted(value: string): string {
  if (value === '') throw new NotExpressible(value, 'it is empty', 'GRUB')
  if (/[^\x20-\x7e]/u.test(value))
    throw new NotExpressible(value, 'it has other characters than printable ASCII', 'GRUB')
  return `'${value.replaceAll("'", `'"'"'`)}'`
}

const writtenOf = (part: GrubPart): string => (part instanceof Written ? part.text : quoted(part))

/** Words of the grammar (grub-core/script/yylex.l): at the place of a command they are none. */
const reserved =
  /^(?:case|do|done|elif|else|esac|fi|for|function|if|in|menuentry|select|submenu|then|until|while)$/

/**
 * A script for GRUB, built line by line. Every value comes through `command` or `echo`, and stands there in single
 * quotes. Runs on GRUB 2.06 and later; the grammar and its sources stand in docs/protocols/grub-scripts.md.
 */
export class GrubScript {
  readonly #lines: string[] = []
  readonly #indent: string

  constructor(indent = '') {
    this.#indent = indent
  }

  /** One command. @throws {NotExpressible} a value that is empty or not printable ASCII */
  command(...command: Command): this {
    return this.#add(lineOf(command))
  }

  /** Shows the parts on the screen; strings are cleaned, never refused. */
  echo(...parts: readonly GrubPart[]): this {
    const shown = parts.map((part) => (part instanceof Written ? part : screenText(part)))
    // "--": a text that begins with a hyphen would be read as an option.
    return this.#add(lineOf(['echo', new Written('--'), ...shown.filter((part) => part !== '')]))
  }

  /** What `then` adds runs only when the command succeeds. */
  when(command: Command, then: (inner: GrubScript) => void): this {
    const inner = new GrubScript(`${this.#indent}  `)
    then(inner)
    return this.#add(`if ${lineOf(command)}; then`)
      .#take(inner)
      .#add('fi')
  }

  /** What another script says, after this one. */
  append(other: GrubScript): this {
    this.#lines.push(...other.#lines.map((line) => `${this.#indent}${line}`))
    return this
  }

  /** An entry of a menu, for `configfile`; its title is cleaned as what `echo` shows. */
  entry(id: string, title: string, then: (inner: GrubScript) => void): this {
    const inner = new GrubScript(`${this.#indent}  `)
    then(inner)
    const words = ['menuentry', quoted(screenText(title) || id), '--id', quoted(id)]
    return this.#add(`${words.join(' ')} {`)
      .#take(inner)
      .#add('}')
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }

  #add(line: string): this {
    this.#lines.push(`${this.#indent}${line}`)
    return this
  }

  /** A block may not be empty (grub-core/script/parser.y). */
  #take(inner: GrubScript): this {
    this.#lines.push(...(inner.#lines.length > 0 ? inner.#lines : [`${inner.#indent}true`]))
    return this
  }
}

function lineOf([name, ...parts]: Command): string {
  if (!/^[a-z][a-z_]*$/.test(name) || reserved.test(name))
    throw new NotExpressible(name, 'it is no command', 'GRUB')
  return [name, ...parts.map(writtenOf)].join(' ')
}

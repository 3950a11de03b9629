import { NotExpressible } from '../not-expressible.ts'
import { screenText } from '../screen-text.ts'
import { checkCommandLine, checkWord, wordsOf } from './command-line.ts'

/** Text of a script that was checked or cleaned when it was made. Only this file makes it. */
class Checked {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type { Checked }
/** A plain string is one literal word. */
export type Part = string | Checked

/** `||`: the rest of the line runs when what stands before failed. */
export const or = new Checked('||')
/** `&&`: the rest of the line runs when what stands before succeeded. */
export const and = new Checked('&&')

/** The value of an iPXE setting at run time: `setting('serial', 'uristring')` is `${serial:uristring}`. */
export function setting(name: string, type?: 'uristring' | 'hexraw'): Checked {
  if (!/^[a-z][A-Za-z0-9/-]*$/.test(name)) throw new NotExpressible(name, 'it is no name of a setting')
  return new Checked(type === undefined ? `\${${name}}` : `\${${name}:${type}}`)
}

/** One word out of several parts, for instance a URL with settings in its query. @throws {NotExpressible} */
export function word(...parts: readonly Part[]): Checked {
  const text = parts.map((part, index) => written(part, parts[index + 1])).join('')
  const reason = parts.some((part) => part instanceof Checked) ? undefined : checkWord(text)
  if (reason !== undefined) throw new NotExpressible(text, reason)
  return new Checked(text)
}

function written(part: Part, next: Part | undefined): string {
  if (part instanceof Checked) return part.text
  const reason = part.endsWith('$') && next !== undefined ? 'it would begin a setting' : checkWord(part)
  if (reason !== undefined) throw new NotExpressible(part, reason)
  return part
}

/** A kernel command line: many words, each of them checked. @throws {NotExpressible} see `checkCommandLine` */
export function commandLine(text: string): Checked {
  const reason = checkCommandLine(text)
  if (reason !== undefined) throw new NotExpressible(text, reason)
  return new Checked(wordsOf(text).join(' '))
}

/** Text for the screen. Never refused: what iPXE cannot show, or would act upon, is replaced. */
export function shown(text: string): Checked {
  return new Checked(screenText(text).split(' ').map(harmless).join(' ').trim())
}

function harmless(found: string): string {
  return found
    .replaceAll('${', '$(')
    .replace(/^#/, '(#)')
    .replace(/^(?:\|\||&&|;)$/, ',')
    .replace(/\\$/, '/')
}

/**
 * A script for iPXE, built line by line. Every value comes through `command` or `echo`: a plain string is one
 * literal word and is refused when iPXE would read anything else in it. Runs on iPXE since 2019; the grammar
 * and its sources stand in docs/protocols/ipxe-scripts.md.
 */
export class IpxeScript {
  readonly #lines: string[] = ['#!ipxe']

  /** One line. @throws {NotExpressible} a string is not a single literal word */
  command(...parts: readonly [string, ...Part[]]): this {
    if (!/^[a-z]+$/.test(parts[0])) throw new NotExpressible(parts[0], 'it is no command')
    const texts = parts.map((part) => word(part).text)
    const line = texts.filter((text) => text !== '').join(' ')
    if (line.endsWith('\\')) throw new NotExpressible(line, 'a backslash at the end joins the next line')
    return this.#add(line)
  }

  /** Shows the parts on the screen; strings are cleaned, never refused. */
  echo(...parts: readonly Part[]): this {
    const texts = parts.map((part) => (part instanceof Checked ? part.text : shown(part).text))
    const line = texts.filter((text) => text !== '').join(' ')
    // "--": a text that begins with a hyphen would be read as an option (src/core/getopt.c).
    return this.#add(`echo ${line.startsWith('-') ? '-- ' : ''}${line}`.trim())
  }

  /** A place to go to. */
  label(name: string): this {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new NotExpressible(name, 'it is no name of a label')
    return this.#add(`:${name}`)
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }

  #add(line: string): this {
    this.#lines.push(line)
    return this
  }
}

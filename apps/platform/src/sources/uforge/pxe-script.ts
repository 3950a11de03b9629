/** What one entry of a forge's menu starts. */
export type PxeEntry = {
  /** In the script; empty for what stands before the first label. */
  readonly label: string
  readonly title: string
  readonly kernel: string
  /** Words after the kernel's address, variables filled in, those that `filledIn` names left as they stand. */
  readonly commandLine: string
  readonly initrds: readonly string[]
}

/** The script of a forge goes beyond what is understood; says where. */
export class PxeScriptNotUnderstood extends Error {
  override readonly name = 'PxeScriptNotUnderstood'
  readonly code = 'pxe_script_not_understood'
}

const limits = {
  ...{ characters: 1024 * 1024, lines: 20_000, entries: 1000, initrds: 64 },
  ...{ value: 64 * 1024, address: 4096, filled: 4 * 1024 * 1024 },
}

/**
 * The images in the script that a forge answers at `users/{uid}/pxe`. Nobody outside has seen such a script, so this
 * reads the part of iPXE that any such menu is made of, and nothing is run: lines with `\` at their end go on;
 * `#` is a comment; `set`, `item`, `:label`, `kernel`, `initrd` (also `module`, `imgfetch`, `imgload`, `imgselect`) and
 * `imgargs` are understood, with `${name}` and `${name:type}`; of `a && b` both are, of `a || b` the first. Conditions
 * and jumps are not followed: an entry is what stands between one label and the next.
 * Grows with the script, which is at most 1 MiB, and what its variables make of it, which is at most 4 MiB in all.
 *
 * @param base address of the script; those in it may be relative
 * @throws {PxeScriptNotUnderstood}
 */
export function pxeEntries(script: string, base: string): readonly PxeEntry[] {
  if (script.length > limits.characters) throw new PxeScriptNotUnderstood('it is larger than 1 MiB')
  if (!/^#!ipxe\b/.test(script)) throw new PxeScriptNotUnderstood('it does not begin with #!ipxe')
  const lines = script.replaceAll('\r\n', '\n').replaceAll('\\\n', ' ').split('\n')
  if (lines.length > limits.lines) throw new PxeScriptNotUnderstood(`it has more than ${limits.lines} lines`)
  const reading = new Reading(base)
  for (const [index, line] of lines.entries())
    for (const words of commandsOf(line)) toldWith(`line ${index + 1}: `, () => reading.take(words))
  return toldWith('', () => reading.entries())
}

function toldWith<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new PxeScriptNotUnderstood(`${where}${(cause as Error).message}`, { cause })
  }
}

/** The commands of a line, each in words; of alternatives the first. */
function commandsOf(line: string): string[][] {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return []
  const words = wordsOf(text)
  const end = words.indexOf('||')
  const commands: string[][] = [[]]
  for (const word of end < 0 ? words : words.slice(0, end))
    if (word === '&&') commands.push([])
    else commands.at(-1)?.push(word)
  return commands.filter((command) => command.length > 0)
}

/** Quotes hold words together, as in iPXE's shell; a backslash takes the next character as it is. */
function wordsOf(text: string): string[] {
  const found = text.matchAll(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+/g)
  return [...found].map(([word]) => word.replace(/\\(.)|"((?:\\.|[^"\\])*)"|'([^']*)'/g, unquoted))
}

const unquoted = (_: string, escaped?: string, double?: string, single?: string): string =>
  escaped ?? double?.replace(/\\(.)/g, '$1') ?? single ?? ''

type Section = { label: string; kernel: string; words: readonly string[]; initrds: string[] }
const sectionOf = (label: string): Section => ({ label, kernel: '', words: [], initrds: [] })

const tooLong = `a value longer than ${limits.value} characters`

/** What was read until now. */
class Reading {
  readonly #base: string
  readonly #variables = new Map<string, string>()
  readonly #titles = new Map<string, string>()
  readonly #sections: Section[] = [sectionOf('')]
  /** Characters of all values together. */
  #filled = 0

  constructor(base: string) {
    this.#base = base
  }

  take([command = '', ...words]: readonly string[]): void {
    if (command.startsWith(':')) this.#begin(command.slice(1))
    else if (Object.hasOwn(readers, command)) readers[command]?.(this, words)
  }

  #begin(label: string): void {
    if (this.#sections.length > limits.entries) throw new Error(`more than ${limits.entries} labels`)
    this.#sections.push(sectionOf(label))
  }

  /** A variable without a value is nothing, as in iPXE. */
  set([name = '', ...value]: readonly string[]): void {
    this.#variables.set(name.split(':', 1)[0] ?? '', this.fill(value.join(' ')))
  }

  item(words: readonly string[]): void {
    const [label = '', ...title] = withoutOptions(words, ['--key', '-k', '--menu', '-m'])
    if (label !== '') this.#titles.set(label, this.fill(title.join(' ')))
  }

  kernel(words: readonly string[]): void {
    const [address = '', ...rest] = withoutOptions(words, ['--name', '-n', '--timeout', '-t'])
    const section = this.#section()
    section.kernel = this.#address(address)
    section.words = rest
  }

  initrd(words: readonly string[]): void {
    const [address = ''] = withoutOptions(words, ['--name', '-n', '--timeout', '-t'])
    const { initrds } = this.#section()
    if (initrds.length >= limits.initrds) throw new Error(`more than ${limits.initrds} initrds`)
    initrds.push(this.#address(address))
  }

  /** `imgargs IMAGE words…` */
  commandLine([, ...words]: readonly string[]): void {
    this.#section().words = words
  }

  #section(): Section {
    return this.#sections.at(-1) ?? sectionOf('')
  }

  #address(text: string): string {
    const filled = this.fill(text)
    if (filled.length > limits.address) throw new Error(`an address longer than ${limits.address} characters`)
    const url = URL.parse(filled, this.#base)
    if (url === null || !['http:', 'https:'].includes(url.protocol))
      throw new Error(`"${filled.slice(0, 100)}" is no address over HTTP`)
    // Who signs in is not for the address: scripts write it there for iPXE.
    url.username = url.password = ''
    return url.href
  }

  /** What the script did not set stays as it stands: it is the machine's to say. */
  fill(text: string): string {
    // Counted while it grows: one line may name a long value thousands of times.
    let length = text.length
    const filled = text.replace(/\$\{([^${}]{1,100})\}/g, (whole, name: string) => {
      const [key = '', type] = name.split(':')
      const value = this.#variables.get(key)
      if (value === undefined) return whole
      const written = type === 'uristring' ? encodeURIComponent(value) : value
      length += written.length - whole.length
      if (length > limits.value) throw new Error(tooLong)
      return written
    })
    if (length > limits.value) throw new Error(tooLong)
    this.#filled += length
    if (this.#filled > limits.filled)
      throw new Error(`values of more than ${limits.filled} characters in all`)
    return filled
  }

  entries(): PxeEntry[] {
    return this.#sections
      .filter(({ kernel }) => kernel !== '')
      .map(({ label, kernel, words, initrds }) => ({
        label,
        title: this.#titles.get(label) ?? label,
        kernel,
        commandLine: this.fill(words.join(' ')),
        initrds,
      }))
  }
}

/** Options stand before everything else; those named have a value. */
function withoutOptions(words: readonly string[], valued: readonly string[]): readonly string[] {
  const at = words.findIndex(
    (word, index) => !word.startsWith('-') && !valued.includes(words[index - 1] ?? ''),
  )
  return at < 0 ? [] : words.slice(at)
}

const initrd = (reading: Reading, words: readonly string[]) => reading.initrd(words)
const kernel = (reading: Reading, words: readonly string[]) => reading.kernel(words)
const readers: Readonly<Record<string, (reading: Reading, words: readonly string[]) => void>> = {
  set: (reading, words) => reading.set(words),
  item: (reading, words) => reading.item(words),
  kernel,
  imgload: kernel,
  imgselect: kernel,
  initrd,
  module: initrd,
  imgfetch: initrd,
  imgargs: (reading, words) => reading.commandLine(words),
}

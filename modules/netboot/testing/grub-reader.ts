/**
 * Reads a script as GRUB does: tokens as in grub-core/script/yylex.l, commands and `if` as in parser.y, arguments as
 * in execute.c; every command succeeds and every variable is unset. Gives the commands that ran, with their
 * arguments; those of the entries of a menu after their `menuentry`. Throws where GRUB would say that a command is incorrect, and for what our scripts have no need of
 * (variables outside of quotes, wildcards, blocks), since a value must never get there.
 */
export function runGrubScript(script: string): readonly (readonly string[])[] {
  // A line that begins with "#" never reaches the parser (grub-core/normal/main.c).
  const text = script
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
  const reader = { tokens: tokensOf(text), at: 0 }
  const calls = statements(reader, [])
  if (reader.at < reader.tokens.length) throw new Error(`incorrect at ${shown(reader)}`)
  return calls
}

type Token = { readonly kind: 'word' | 'name' | 'end' | 'reserved'; readonly text: string }
type Reader = { readonly tokens: readonly Token[]; at: number }

const reserved = ['if', 'then', 'else', 'elif', 'fi', 'for', 'in', 'do', 'done', 'while', 'until']
const others = ['case', 'esac', 'select', 'function']
const pieces = [
  { what: 'plain', pattern: /[^{}|&$;<> \t\n'"\\]+/y },
  { what: 'single', pattern: /'([^']*)'/y },
  { what: 'double', pattern: /"((?:\\[\s\S]|[^\\"])*)"/y },
] as const

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? ''
    if (character === ' ' || character === '\t') at += 1
    else if (character === '\n' || character === ';') {
      tokens.push({ kind: 'end', text: character })
      at += 1
    } else if (character === '{' || character === '}') {
      tokens.push({ kind: 'reserved', text: character })
      at += 1
    } else if (character === '#') at += /^[^\n]*/.exec(text.slice(at))?.[0].length ?? 1
    else {
      const word = wordAt(text, at)
      tokens.push(word.token)
      at = word.end
    }
  }
  return tokens
}

/** A word is pieces without white space between; a plain one may be a word of the grammar. */
function wordAt(text: string, from: number): { readonly token: Token; readonly end: number } {
  let end = from
  let value = ''
  for (;;) {
    const found = pieceAt(text, end)
    if (found === undefined) break
    value += found.value
    end = found.end
  }
  if (end === from) throw new Error(`no word begins with ${JSON.stringify(text.slice(from, from + 9))}`)
  const raw = text.slice(from, end)
  if (reserved.includes(raw) || others.includes(raw)) return { token: { kind: 'reserved', text: raw }, end }
  if (/[*?]/.test(raw.replace(/'[^']*'|"[^"]*"/g, ''))) throw new Error(`a wildcard: ${raw}`)
  return { token: { kind: raw === value ? 'name' : 'word', text: value }, end }
}

function pieceAt(text: string, at: number): { readonly value: string; readonly end: number } | undefined {
  for (const { what, pattern } of pieces) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) continue
    const inside = found[1] ?? found[0]
    return { value: what === 'double' ? doubleQuoted(inside) : inside, end: pattern.lastIndex }
  }
  return undefined
}

function doubleQuoted(text: string): string {
  return text
    .replace(/\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\}|[0-9?#*@])/g, '')
    .replace(/\\([$\\"])/g, '$1')
}

function statements(reader: Reader, until: readonly string[]): string[][] {
  const calls: string[][] = []
  for (;;) {
    while (reader.tokens[reader.at]?.kind === 'end') reader.at += 1
    const token = reader.tokens[reader.at]
    if (token === undefined || (token.kind === 'reserved' && until.includes(token.text))) return calls
    calls.push(...statement(reader, token))
    if (reader.at < reader.tokens.length && reader.tokens[reader.at]?.kind !== 'end')
      throw new Error(`incorrect at ${shown(reader)}`)
  }
}

function statement(reader: Reader, { kind, text }: Token): string[][] {
  if (kind === 'reserved' && text === 'if') return condition(reader)
  if (kind === 'name' && text === 'menuentry') return entry(reader)
  if (kind === 'reserved') throw new Error(`incorrect at ${shown(reader)}`)
  return [call(reader)]
}

function condition(reader: Reader): string[][] {
  reader.at += 1
  const calls = block(reader, 'then')
  calls.push(...block(reader, 'fi'))
  return calls
}

/** `menuentry TITLE … { COMMANDS }` */
function entry(reader: Reader): string[][] {
  const words: string[] = []
  for (;;) {
    const token = reader.tokens[reader.at]
    if (token === undefined || token.kind === 'end') throw new Error('an entry of a menu without a block')
    reader.at += 1
    if (token.kind === 'reserved' && token.text === '{') break
    words.push(token.text)
  }
  return [words, ...block(reader, '}')]
}

function block(reader: Reader, end: string): string[][] {
  const calls = statements(reader, [end])
  if (calls.length === 0 || reader.tokens[reader.at]?.text !== end)
    throw new Error(`no command before ${end}`)
  reader.at += 1
  return calls
}

function call(reader: Reader): string[] {
  const words: string[] = []
  for (;;) {
    const token = reader.tokens[reader.at]
    if (token === undefined || token.kind === 'end') return words
    words.push(token.text)
    reader.at += 1
  }
}

const shown = ({ tokens, at }: Reader) => JSON.stringify(tokens.slice(at, at + 3))

/** What a kernel gets of the arguments of `linux` (grub_create_loader_cmdline in grub-core/lib/cmdline.c). */
export function kernelCommandLine(words: readonly string[]): string {
  return words
    .map((word) => {
      const escaped = word.replace(/[\\'"]/g, '\\$&')
      return word.includes(' ') ? `"${escaped}"` : escaped
    })
    .join(' ')
}

import { stripVTControlCharacters } from 'node:util'

// Control characters C0 and C1, and the invisible ones that turn or hide text (Unicode categories Cc, Cf, Zl, Zp).
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * Text from elsewhere made harmless for a terminal: one line, without escape sequences; what is left of unprintable
 * characters becomes U+FFFD, so that it is seen that something was there.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(unprintable, '\u{fffd}')
}

/** As `plain`, line by line. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plain).join('\n')
}

/** JSON of the same value that no terminal can take for a command: what JSON.stringify leaves is escaped too. */
export function safeJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? 'null').replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const zeroWidth = /\p{M}/u
/** How many columns of a terminal plain text takes. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of stripVTControlCharacters(text)) columns += columnsOfCharacter(character)
  return columns
}

function columnsOfCharacter(character: string): number {
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** At most so many columns; what is cut is shown by an ellipsis. */
export function fit(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let kept = ''
  let used = 1
  for (const character of text) {
    used += columnsOfCharacter(character)
    if (used > columns) break
    kept += character
  }
  return `${kept}…`
}

/**
 * Broken at spaces into lines of at most so many columns with their indent; the first line gets none, since what
 * stands before it is the caller's. A longer word stands alone.
 */
export function wrap(text: string, columns: number, indent = ''): string {
  return text
    .split('\n')
    .flatMap((line) => wrappedLine(line, columns - indent.length))
    .join(`\n${indent}`)
}

/** What stands before the first word stays there. */
function wrappedLine(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = /^ */.exec(text)?.[0] ?? ''
  let begun = false
  for (const word of text.slice(line.length).split(' ')) {
    if (begun && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line)
      line = word
    } else line += begun ? ` ${word}` : word
    begun = true
  }
  return [...lines, line]
}

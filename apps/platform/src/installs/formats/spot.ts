/** Stands in a skeleton for a placeholder. Templates cannot have it (a private-use character). */
export const mark = '\uE000'

/** A value as it is said at a place, or why it cannot be said there. */
export type Said = { readonly text: string } | { readonly refused: string }

/** A place within a text where a value shall stand. */
export type Spot =
  /** The value is all there is, or the text around it is of a known language: any value can be said, or is refused. */
  | { readonly kind: 'whole'; readonly say: (value: string) => Said }
  /**
   * Within something longer, whose meaning only the author knows: a command, a path. There a value stands bare only when
   * it has no character that means something anywhere; `say` is for those that the author vouches for.
   */
  | { readonly kind: 'part'; readonly say: (value: string) => Said }
  | { readonly kind: 'none'; readonly why: string }

/** The spots of all marks of a text, in their order. Never throws. */
export type Spots = (skeleton: string) => readonly Spot[]

const control = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** As it is, in one line. */
export function oneLine(value: string): Said {
  const found = control.exec(value)?.[0]
  return found === undefined ? { text: value } : { refused: `it has ${nameOf(found)}` }
}

export const whole = (say: (value: string) => Said): Spot => ({ kind: 'whole', say })
export const part = (say: (value: string) => Said): Spot => ({ kind: 'part', say })
export const none = (why: string): Spot => ({ kind: 'none', why })

const names: Readonly<Record<string, string>> = { '\n': 'a line break', '\r': 'a line break', '\t': 'a tab' }

export const nameOf = (character: string): string =>
  names[character] ??
  `the character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

export const linesOf = (text: string): readonly string[] => text.split(/\r?\n/)

/** Where in a text the marks are. */
export function marksIn(line: string): readonly number[] {
  return [...line.matchAll(/\uE000/g)].map(({ index }) => index)
}

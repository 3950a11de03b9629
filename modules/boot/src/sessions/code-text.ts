import { randomInt } from 'node:crypto'

/** 20 consonants: no words, nothing that looks like something else (RFC 8628 §6.1). 8 of them are 34 bits. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const length = 8
const mostTyped = 64

/** How long a code may be approved (RFC 8628 §3.2, `expires_in`). */
export const codeLifeMs = 10 * 60 * 1000

/** The letters of a new code that nothing shows yet. */
export function newCodeText(isTaken: (text: string) => boolean): string {
  for (;;) {
    const text = Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
    if (!isTaken(text)) return text
  }
}

/** As a screen shows it: `KQTF-RXMP`. */
export const shownCodeText = (text: string): string =>
  `${text.slice(0, length / 2)}-${text.slice(length / 2)}`

/** The letters of a code as somebody typed it: in any case, with or without spaces and hyphens. */
export const typedCodeText = (typed: string): string =>
  typed
    .slice(0, mostTyped)
    .toUpperCase()
    .replace(/[^A-Z]/g, '')

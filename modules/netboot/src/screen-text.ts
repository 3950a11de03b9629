const longestShown = 240

/** A text as any boot screen can show it: one line of printable ASCII, at most 240 characters. Never refused. */
export function screenText(text: string): string {
  return ascii(text.slice(0, 4 * longestShown))
    .trim()
    .slice(0, longestShown)
}

function ascii(text: string): string {
  const plain = text.normalize('NFKD').replace(/(\p{L})\p{M}+/gu, '$1')
  return plain.replace(/[\s\p{C}]+/gu, ' ').replace(/[^\x20-\x7e]/gu, '?')
}

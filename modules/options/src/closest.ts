/** The word most like `wanted`, when one is like it: at most a third of its letters differ. O(words × letters²). */
export function closest(wanted: string, words: readonly string[]): string | undefined {
  const asked = wanted.slice(0, 64).toLowerCase()
  const ranked = words
    .map((word) => ({ word, distance: editDistance(asked, word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(1, best.word.length / 3) ? best.word : undefined
}

/** Letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const [left = 0, up = 0, corner = 0] = [next[j], row[j + 1], row[j]]
      next.push(Math.min(left + 1, up + 1, corner + (letter === b[j] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}

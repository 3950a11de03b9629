import { escaped, quotedScalar } from './json.ts'
import { linesOf, mark, none, oneLine, part, type Spot, whole } from './spot.ts'

/*
 * Values are double-quoted scalars: `key: {{name}}` and `- {{name}}` get their quotes, within quotes values are escaped.
 * A block (`|`, `>`) is a text of its own, of which only its author knows the language. The places are found line by
 * line; anything that is not plainly one of these is refused when the template is set.
 */
type Quote = { readonly by: '"' | "'"; readonly from: number | undefined }
type State = { quote: Quote | undefined; blockIndent: number | undefined }

export function yamlSpots(skeleton: string): readonly Spot[] {
  const state: State = { quote: undefined, blockIndent: undefined }
  return linesOf(skeleton).flatMap((line) => {
    if (isInBlock(state, line)) return [...line].filter((one) => one === mark).map(() => part(oneLine))
    state.blockIndent = undefined
    const { spots, plain } = spotsOf(line, state)
    if (state.quote === undefined && /(?:^|\s)[|>](?:[+-]?[1-9]?|[1-9][+-])\s*$/.test(plain))
      state.blockIndent = indentOf(line)
    return spots
  })
}

function isInBlock({ blockIndent }: State, line: string): boolean {
  if (blockIndent === undefined) return false
  return line.trim() === '' || line.length - line.trimStart().length > blockIndent
}

/** Where the key stands, or the dash of an item without one: what belongs to it is further to the right. */
function indentOf(line: string): number {
  const [dashes = ''] = /^(?:\s*-\s+)*(?=[^\s|>-]|-\S)/.exec(line) ?? []
  if (dashes !== '') return dashes.length
  const last = /^(?:\s*-\s+)*\s*-(?=\s+[|>])/.exec(line)?.[0]
  return last === undefined ? line.length - line.trimStart().length : last.length - 1
}

/** `plain`: the line without what is quoted or a comment. */
function spotsOf(line: string, state: State): { readonly spots: readonly Spot[]; readonly plain: string } {
  const spots: Spot[] = []
  let plain = ''
  if (state.quote !== undefined) state.quote = { ...state.quote, from: undefined }
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    const { quote } = state
    if (quote !== undefined) {
      if (character === mark) spots.push(quotedSpot(line, at, quote))
      if (character === '\\' && quote.by === '"') at++
      else if (character === quote.by) state.quote = undefined
    } else if (character === '#' && /(?:^|\s)$/.test(plain)) {
      return { spots: [...spots, ...[...line.slice(at)].filter((one) => one === mark).map(() => part(oneLine))], plain }
    } else if ((character === '"' || character === "'") && beginsScalar(plain)) {
      state.quote = { by: character, from: at }
    } else {
      if (character === mark) spots.push(bareSpot(plain, line.slice(at + 1)))
      plain += character
    }
  }
  return { spots, plain }
}

const key = /[^:#{}[\],]*:\s+/.source
/** What may stand before a scalar: dashes, a key; or the same within brackets that were opened on this line. */
const beforeScalar = new RegExp(
  `^\\s*(?:-\\s+)*(?:${key})?$|^\\s*(?:-\\s+)*(?:${key})?[[{](?:.*[[{,])?\\s*(?:[^:,[\\]{}]*:\\s+)?$`,
)

const beginsScalar = (plain: string) => beforeScalar.test(plain)

function quotedSpot(line: string, at: number, { by, from }: Quote): Spot {
  if (by === "'") return none('within single quotes nothing can be filled in: use double quotes')
  const isAll = from === at - 1 && line[at + 1] === '"'
  return isAll ? whole(escaped) : part(escaped)
}

function bareSpot(before: string, after: string): Spot {
  const stands = before.trim() !== '' && beginsScalar(before) && /^\s*(?:$|[,\]}]|\s#)/.test(after)
  return stands ? whole(quotedScalar) : none('write it as a value of its own (key: {{name}}), or within double quotes')
}

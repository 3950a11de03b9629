import { linesOf, mark, none, oneLine, part, type Said, type Spot, whole } from './spot.ts'

/*
 * Lines of commands, whose words pykickstart finds by Python's shlex, and sections from %name to %end: lists of packages
 * and scripts. A value cannot begin a section, since no line begins with one.
 */
const opens = /^%(?!end\b|include\b|ksappend\b)[a-z]/

export function kickstartSpots(skeleton: string): readonly Spot[] {
  let isSection = false
  return linesOf(skeleton).flatMap((line) => {
    const isHead = !isSection && opens.test(line)
    if (isSection && /^%end\b/.test(line)) isSection = false
    const spots = isSection ? marks(line).map(() => part(oneLine)) : commandSpots(line)
    if (isHead) isSection = true
    return spots
  })
}

const marks = (text: string) => [...text].filter((one) => one === mark)

function commandSpots(line: string): readonly Spot[] {
  const spots: Spot[] = []
  let quote: { readonly by: string; readonly from: number } | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (character === mark) spots.push(quote === undefined ? wordSpot(line, at) : quotedSpot(line, at, quote))
    else if (character === '\\' && quote?.by !== "'") at++
    else if (quote !== undefined) quote = character === quote.by ? undefined : quote
    else if (character === '"' || character === "'") quote = { by: character, from: at }
    else if (character === '#') return [...spots, ...marks(line.slice(at)).map(() => part(oneLine))]
  }
  return spots
}

function wordSpot(line: string, at: number): Spot {
  if (line.slice(0, at).trim() === '') return none('a line cannot begin with a value')
  const isAll = /[\s=]$/.test(line.slice(0, at)) && /^(?:\s|$)/.test(line.slice(at + 1))
  return isAll ? whole(word) : none('write it as a word of its own (--name={{name}}), or within double quotes')
}

function quotedSpot(line: string, at: number, { by, from }: { readonly by: string; readonly from: number }): Spot {
  if (by === "'") return none('within single quotes nothing can be filled in: use double quotes')
  const isAll = from === at - 1 && line[at + 1] === '"'
  return isAll ? whole(inQuotes) : part(inQuotes)
}

/** A word of shlex in POSIX mode: bare where nothing in it means something, else in single quotes. */
function word(value: string): Said {
  const said = oneLine(value)
  if ('refused' in said) return said
  if (/^[\w.:/@+=,-]+$/.test(value)) return said
  return { text: `'${value.replaceAll("'", `'"'"'`)}'` }
}

function inQuotes(value: string): Said {
  const said = oneLine(value)
  return 'refused' in said ? said : { text: value.replace(/["\\]/g, '\\$&') }
}

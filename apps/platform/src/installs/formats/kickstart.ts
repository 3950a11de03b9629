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

/** Escapes, double quotes, single quotes, a comment, a value by itself. */
const token = /\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?|#.*|\uE000/g

function commandSpots(line: string): readonly Spot[] {
  return [...line.matchAll(token)].flatMap(({ 0: text, index }) => {
    if (text === mark) return [wordSpot(line, index)]
    return marks(text).map(() => spotWithin(text))
  })
}

function spotWithin(text: string): Spot {
  if (text.startsWith('#')) return part(oneLine)
  if (text.startsWith('"')) return text === `"${mark}"` ? whole(inQuotes) : part(inQuotes)
  return none('within single quotes nothing can be filled in: use double quotes')
}

function wordSpot(line: string, at: number): Spot {
  if (line.slice(0, at).trim() === '') return none('a line cannot begin with a value')
  const isAll = /[\s=]$/.test(line.slice(0, at)) && /^(?:\s|$)/.test(line.slice(at + 1))
  return isAll
    ? whole(word)
    : none('write it as a word of its own (--name={{name}}), or within double quotes')
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

import { linesOf, marksIn, none, oneLine, part, type Said, type Spot, whole } from './spot.ts'

/*
 * `OWNER QUESTION TYPE VALUE`, a line each; a backslash at its end goes on in the next one, # begins a comment
 * (debconf-set-selections(1)). There is no quoting: what is between the type and the end of the line is the value.
 */
const named = /^\s*[^\s#]\S*\s+(\S+)\s+\S+[ \t]/

/** Questions whose answer a shell runs. */
const isCommand = (question: string) => /_command$|^preseed\/run$/.test(question)

export function preseedSpots(skeleton: string): readonly Spot[] {
  let goesOn = false
  return linesOf(skeleton).flatMap((line) => {
    const spots = marksIn(line).map((at) => spotAt(line, at, goesOn))
    goesOn = line.endsWith('\\') && (goesOn || !isComment(line))
    return spots
  })
}

const isComment = (line: string) => /^\s*#/.test(line)

function spotAt(line: string, at: number, goesOn: boolean): Spot {
  if (goesOn) return part(inside)
  if (isComment(line)) return part(inside)
  const [head, question = ''] = named.exec(line) ?? []
  if (head === undefined || head.length > at)
    return none('only the answer can be filled in: what comes after owner, question and type')
  const isAll = line.slice(head.length).trim().length === 1
  return isAll && !isCommand(question) ? whole(answer) : part(inside)
}

function answer(value: string): Said {
  if (value !== value.trim()) return { refused: 'debconf would lose the space at its beginning or end' }
  return inside(value)
}

function inside(value: string): Said {
  if (value.endsWith('\\')) return { refused: 'a backslash at the end would go on in the next line' }
  return oneLine(value)
}

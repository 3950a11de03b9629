import { mark, none, part, type Said, type Spot, whole } from './spot.ts'

/**
 * JSON, and of Jsonnet what looks like it. A value is written `"key": {{name}}`, and gets its quotes; within quotes it
 * is escaped.
 */
export function jsonSpots(skeleton: string): readonly Spot[] {
  const spots: Spot[] = []
  let opened: number | undefined
  for (let at = 0; at < skeleton.length; at++) {
    const character = skeleton[at]
    if (opened !== undefined && character === '\\') at++
    else if (character === '"') opened = opened === undefined ? at : undefined
    else if (character === '\n') opened = undefined
    else if (character === mark) spots.push(opened === undefined ? bare(skeleton, at) : quoted(skeleton, at, opened))
  }
  return spots
}

function bare(text: string, at: number): Spot {
  const before = /[^\s](?=\s*$)/.exec(text.slice(Math.max(0, at - 200), at))?.[0] ?? ''
  const after = /^\s*(.?)/s.exec(text.slice(at + 1, at + 201))?.[1] ?? ''
  const stands = [':', ',', '[', '='].includes(before) && [',', ']', '}', ';', ''].includes(after)
  return stands ? whole(quotedScalar) : none('write it as a value of its own ("key": {{name}}), or within double quotes')
}

function quoted(text: string, at: number, opened: number): Spot {
  const isAll = opened === at - 1 && text[at + 1] === '"'
  return isAll ? whole(escaped) : part(escaped)
}

/** A JSON string that YAML 1.1 and 1.2 read alike (YAML 1.2 §5.7: a superset). */
export const quotedScalar = (value: string): Said => ({ text: jsonText(value) })
export const escaped = (value: string): Said => ({ text: jsonText(value).slice(1, -1) })

/** YAML has fewer printable characters than JSON. */
const jsonText = (value: string): string =>
  JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

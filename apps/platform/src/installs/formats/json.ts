import { mark, marksIn, none, part, type Said, type Spot, whole } from './spot.ts'

/**
 * JSON, and of Jsonnet what looks like it. A value is written `"key": {{name}}`, and gets its quotes; within quotes it
 * is escaped.
 */
export function jsonSpots(skeleton: string): readonly Spot[] {
  return [...skeleton.matchAll(/"(?:[^"\\\n]|\\.)*"?|\uE000/g)].flatMap(({ 0: token, index }) =>
    token === mark ? [bare(skeleton, index)] : quotedSpots(token),
  )
}

/** Of a text within double quotes, the quotes included. */
export const quotedSpots = (token: string): readonly Spot[] =>
  marksIn(token).map(() => (token === `"${mark}"` ? whole(escaped) : part(escaped)))

function bare(text: string, at: number): Spot {
  const before = /[^\s](?=\s*$)/.exec(text.slice(Math.max(0, at - 200), at))?.[0] ?? ''
  const after = /^\s*(.?)/s.exec(text.slice(at + 1, at + 201))?.[1] ?? ''
  const stands = [':', ',', '[', '='].includes(before) && [',', ']', '}', ';', ''].includes(after)
  return stands
    ? whole(quotedScalar)
    : none('write it as a value of its own ("key": {{name}}), or within double quotes')
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

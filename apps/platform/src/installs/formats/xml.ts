import { mark, nameOf, none, part, type Said, type Spot, whole } from './spot.ts'

type Stretch = {
  readonly from: number
  readonly to: number
  readonly kind: 'text' | 'cdata' | 'attribute' | 'markup'
}

/**
 * XML 1.0: values are text between tags or in attributes; in CDATA only such that end it not. `{{name}}` alone between
 * two tags, or alone in an attribute, is any value.
 */
export function xmlSpots(skeleton: string): readonly Spot[] {
  return stretchesOf(skeleton).flatMap(({ from, to, kind }) => {
    const inner = skeleton.slice(from, to)
    const isAll = inner.trim() === mark
    return [...inner]
      .filter((one) => one === mark)
      .map((): Spot => {
        if (kind === 'markup')
          return none('a value stands between two tags, or within the quotes of an attribute')
        if (kind === 'cdata') return part(inCdata)
        return isAll ? whole(escaped) : part(escaped)
      })
  })
}

/** The whole text, cut where its meaning changes. */
function stretchesOf(text: string): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (let at = 0; at < text.length; ) {
    const { kind, end, after } = stretchAt(text, at)
    if (kind === 'tag') stretches.push(...attributesOf(text, at, after))
    else stretches.push({ kind, from: at, to: end })
    at = after
  }
  return stretches
}

const long: readonly (readonly [string, string, 'cdata' | 'markup'])[] = [
  ['<![CDATA[', ']]>', 'cdata'],
  ['<!--', '-->', 'markup'],
  ['<?', '?>', 'markup'],
]

function stretchAt(
  text: string,
  at: number,
): { readonly kind: Stretch['kind'] | 'tag'; readonly end: number; readonly after: number } {
  const upTo = (closing: string, from: number) => {
    const found = text.indexOf(closing, from)
    return found === -1
      ? { end: text.length, after: text.length }
      : { end: found, after: found + closing.length }
  }
  for (const [opening, closing, kind] of long)
    if (text.startsWith(opening, at)) return { kind, ...upTo(closing, at + opening.length) }
  if (text[at] === '<') {
    const [tag = text.slice(at)] = /^<(?:[^"'>]|"[^"]*"|'[^']*')*>/.exec(text.slice(at)) ?? []
    return { kind: 'tag', end: at + tag.length, after: at + tag.length }
  }
  const { end } = upTo('<', at)
  return { kind: 'text', end, after: end }
}

function attributesOf(text: string, from: number, to: number): readonly Stretch[] {
  const stretches: Stretch[] = []
  let last = from
  for (const { index, 0: quoted } of text.slice(from, to).matchAll(/"[^"]*"|'[^']*'/g)) {
    const begin = from + index
    stretches.push({ kind: 'markup', from: last, to: begin })
    stretches.push({ kind: 'attribute', from: begin + 1, to: begin + quoted.length - 1 })
    last = begin + quoted.length
  }
  return [...stretches, { kind: 'markup', from: last, to }]
}

/** What XML 1.0 cannot say at all (§2.2). */
const unsayable = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** White space is said by number: an attribute would lose it (§3.3.3). */
function escaped(value: string): Said {
  const found = unsayable.exec(value)?.[0]
  if (found !== undefined) return { refused: `XML cannot say ${nameOf(found)}` }
  return { text: value.replace(/[&<>"'\t\n\r]/g, (one) => entities[one] ?? `&#${one.charCodeAt(0)};`) }
}

function inCdata(value: string): Said {
  const found = unsayable.exec(value)?.[0]
  if (found !== undefined) return { refused: `XML cannot say ${nameOf(found)}` }
  return value.includes(']') || value.includes('>')
    ? { refused: 'a ] or > could end the CDATA that it stands in' }
    : { text: value }
}

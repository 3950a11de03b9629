import { Refused } from '../../api/problem-response.ts'

/** Of what clients send nothing comes near. */
const longest = 1_000
const mostCount = 5_000

type Document = Readonly<Record<string, unknown>>

/**
 * What of a list is wanted, by the parameters that the lists of UForge have: `query`, `orderBy`, `descending`, `offset`
 * and `count`. Of the query language this much: `field==value` joined by `;`, values in quotes or without, `*` for
 * anything, fields within fields by points (`targetFormat.name=='PXE'`). `total` is how many there are before `offset`
 * and `count`. @throws {Refused} for what cannot be understood: a wrong guess would show, or build, the wrong thing
 */
export function wantedOf<T extends Document>(
  all: readonly T[],
  query: URLSearchParams,
): { readonly total: number; readonly items: readonly T[] } {
  const clauses = clausesOf(query.get('query') ?? '')
  const found = all.filter((each) => clauses.every(({ field, value }) => isLike(textAt(each, field), value)))
  const sorted = sortedBy(found, query.get('orderBy'))
  if (isTrue(query.get('descending'))) sorted.reverse()
  const offset = numberIn(query, 'offset', 0)
  const count = Math.min(mostCount, numberIn(query, 'count', mostCount))
  return { total: found.length, items: sorted.slice(offset, offset + count) }
}

type Clause = { readonly field: string; readonly value: string }

const clause = /([A-Za-z][A-Za-z.]{0,63})==('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^;,'"()\s]+)(?:;|$)/y

function clausesOf(text: string): readonly Clause[] {
  if (text.length > longest) throw new Refused('invalid_request', `A query has at most ${longest} characters`)
  const clauses: Clause[] = []
  let at = 0
  while (at < text.length) {
    clause.lastIndex = at
    const [whole, field = '', value = ''] = clause.exec(text) ?? []
    if (whole === undefined)
      throw new Refused(
        'invalid_request',
        `The query cannot be understood from "${text.slice(at, at + 60)}" on; name=='web';version=='1.0' can`,
      )
    clauses.push({ field, value: unquoted(value) })
    at += whole.length
  }
  return clauses
}

const unquoted = (text: string): string =>
  /^['"]/.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text

function textAt(document: Document, field: string): string | undefined {
  let value: unknown = document
  for (const name of field.split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Document)[name]
        : undefined
  return value === undefined || typeof value === 'object' ? undefined : String(value)
}

/** Each part between two `*` is looked for once, behind the one before. */
function isLike(text: string | undefined, pattern: string): boolean {
  if (text === undefined) return false
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false
  let from = first.length
  const end = text.length - last.length
  for (const part of rest) {
    const at = text.indexOf(part, from)
    if (at < 0 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}

function sortedBy<T extends Document>(all: readonly T[], field: string | null): T[] {
  if (field === null) return [...all]
  const keyed = all.map((each) => ({ each, key: textAt(each, field.slice(0, 64)) ?? '' }))
  const order = new Intl.Collator('en', { numeric: true })
  return keyed.sort((a, b) => order.compare(a.key, b.key)).map(({ each }) => each)
}

const isTrue = (text: string | null): boolean => text === '' || text === 'true'

function numberIn(query: URLSearchParams, name: string, usual: number): number {
  const text = query.get(name)
  if (text === null) return usual
  if (!/^\d{1,9}$/.test(text)) throw new Refused('invalid_request', `${name} must be a number`)
  return Number(text)
}

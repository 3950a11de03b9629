import { writeDocument } from '../documents/write-document.ts'
import type { XmlType, XmlValue } from '../documents/xml-type.ts'
import { wantedOf } from './list-query.ts'
import type { Answer, Done } from './resource.ts'

export const document = <const Type extends XmlType>(
  root: string,
  type: Type,
  value: XmlValue<Type>,
): Answer => ({ kind: 'document', status: 200, text: writeDocument(root, type, value) })

/** What was made, after it is durable. */
export const created = <const Type extends XmlType>(
  root: string,
  type: Type,
  value: XmlValue<Type>,
  done: Done,
): Answer => ({ kind: 'document', status: 201, text: writeDocument(root, type, value), done })

export const gone = (done: Done): Answer => ({ kind: 'nothing', done })

/** What of a list the query wants. The root and what it holds have the same name, as all lists of UForge. */
export function list<const Name extends string, const Type extends XmlType>(
  name: Name,
  type: Type,
  all: readonly Readonly<Record<string, unknown>>[],
  query: URLSearchParams,
): Answer {
  const { total, items } = wantedOf(all, query)
  return document(name, type, { total, [name]: items } as unknown as XmlValue<Type>)
}

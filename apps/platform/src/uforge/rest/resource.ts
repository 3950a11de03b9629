import type { Permission } from '@bootcast/contract'
import type { XmlType, XmlValue } from '../documents/xml-type.ts'
import type { Asker } from '../uforge-people.ts'

/** What a resource is told of a request. */
export type Call = {
  /** Parts of the path by their names, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Who asks; of a resource for anybody it throws. */
  readonly asker: () => Asker
  /** For a resource for anybody that has something more for some. @throws {NotSignedIn | Forbidden} */
  readonly admit: (permission: Permission) => Promise<Asker>
  /** The document that came with it. @throws {Refused} when it is none */
  readonly document: <const Type extends XmlType>(root: string, type: Type) => XmlValue<Type>
  /** Only the head of the answer is wanted. */
  readonly isHead: boolean
}

/** Written down before the answer goes out. */
export type Done = { readonly action: string; readonly about: string }

export type Answer =
  | { readonly kind: 'document'; readonly status: 200 | 201; readonly text: string; readonly done?: Done }
  | { readonly kind: 'nothing'; readonly done: Done }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly size: number
      readonly bytes: () => AsyncIterable<Uint8Array>
    }

export type Resource = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the root context; `:uid` is a part of the path by that name. */
  readonly path: string
  readonly who: 'anybody' | 'user' | Permission
  readonly answer: (call: Call) => Promise<Answer>
}

import type { RouteName, Routes } from '@bootcast/contract'
import type { z } from 'zod'
import type { Session } from '../identity/sessions.ts'
import type { Upload } from './upload.ts'

type Part<R, K extends string> = R extends { readonly [P in K]: infer S }
  ? S extends z.ZodType
    ? { readonly [P in K]: z.output<S> }
    : unknown
  : unknown
type Bytes<R> = R extends { readonly body: 'bytes' } ? { readonly upload: Upload } : unknown

/** What a handler gets: the parts that its route has, checked by their schemas, and who calls. */
export type Call<N extends RouteName> = Part<Routes[N], 'params'> &
  Part<Routes[N], 'query'> &
  Part<Routes[N], 'body'> &
  Bytes<Routes[N]> & {
    /** The name of who is signed in; empty where nobody needs to be. */
    readonly user: string
    /** The same, with what they may do. */
    readonly session: Session
    /** The address of the other end of the connection. */
    readonly from: string
  }
export type Reply<N extends RouteName> = Routes[N] extends { readonly reply: infer S extends z.ZodType }
  ? z.output<S>
  : Routes[N] extends { readonly reply: 'png' }
    ? Uint8Array
    : undefined

/** One for each route of the contract: a route without a handler does not compile. */
export type Handlers = { readonly [N in RouteName]: (call: Call<N>) => Promise<Reply<N>> }

import type { z } from 'zod'
import type { Permission } from './permissions.ts'

export type Route = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** One line for the reference. */
  readonly summary: string
  /** `anybody`: no token needed; `user`: whoever is signed in; else whose role has the permission. */
  readonly who: 'anybody' | 'user' | Permission
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** `bytes`: the request body is the file itself, `application/octet-stream`. */
  readonly body?: z.ZodType | 'bytes'
  /** The most that the body of JSON may have, bytes. Absent: 256 KiB. */
  readonly mostBytes?: number
  /** Keys of the body that the audit log shows; the others may be secret, or long. */
  readonly told?: readonly string[]
  /** It only answers: not in the audit log, though it is no GET. Absent: it changes something. */
  readonly changes?: 'nothing'
  /** Absent: 204, no body. `png`: the answer is a picture, not JSON. */
  readonly reply?: z.ZodType | 'png'
}

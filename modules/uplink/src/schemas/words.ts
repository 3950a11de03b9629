import { z } from 'zod'
import { siteIdPattern, siteNamePattern } from '../names.ts'

/** What texts and numbers may be in calls. Whatever has a length has a bound. */
export const text = (most: number) => z.string().max(most)
export const line = (most: number) => z.string().min(1).max(most)
/** Text for people: what is too long is cut, since nothing but what is seen depends on it. */
export const told = (most: number) => z.string().transform((words) => words.slice(0, most))

export const siteId = z.string().regex(siteIdPattern, '1 to 63 of a-z 0-9 -, a letter or digit at both ends')
export const siteName = z
  .string()
  .regex(siteNamePattern, '1 to 63 of a-z 0-9 -, a letter or digit at both ends')
export const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 lower-case hexadecimal digits')
export const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'such as 52:54:00:12:34:56')
export const imageName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'the name of an image')
/** `demo@3` */
export const release = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}@[1-9][0-9]{0,8}$/, 'a release: demo@3')
/** `demo`, `demo@testing`, `demo@3` */
export const reference = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}(@([1-9][0-9]{0,8}|[a-z][a-z0-9._-]{0,31}))?$/, 'an image reference')
export const role = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'a-z 0-9 -, beginning with a letter')
/** An address as a connection says it, or a machine: hearsay. */
export const address = text(64)
export const user = line(256)
/** Milliseconds since 1970. */
export const millis = z.int().min(0)
export const bytes = z.int().min(0)
export const pem = z.string().min(1).max(8192)
export const authorities = z.array(pem).min(1).max(16)

/** An object used as a table. */
export const table = <V extends z.ZodType>(key: z.ZodString, value: V, most: number) =>
  z.record(key, value).refine((rows) => Object.keys(rows).length <= most, `more than ${most} entries`)

/**
 * JSON leaves out what is `undefined`. Types that say `key: T | undefined` get the key back, so that what arrives is
 * the same to whoever compares.
 */
export function keyed<S extends z.ZodObject, K extends keyof z.output<S> & string>(
  schema: S,
  keys: readonly K[],
) {
  const empty = Object.fromEntries(keys.map((key) => [key, undefined]))
  return schema.transform((value) => ({ ...empty, ...value }) as Keyed<z.output<S>, K>)
}

type Keyed<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: Exclude<T[P], undefined> | undefined }

/** Any JSON object that is no larger and no deeper than that; nobody here looks inside. */
export const opaque = (mostCharacters: number, mostDepth = 16) =>
  z
    .record(z.string(), z.unknown())
    .refine((value) => isShallow(value, mostDepth), `deeper than ${mostDepth}`)
    .refine((value) => JSON.stringify(value).length <= mostCharacters, `larger than ${mostCharacters}`)

function isShallow(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return most > 0 && Object.values(value).every((part) => isShallow(part, most - 1))
}

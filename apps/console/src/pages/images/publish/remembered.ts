import { z } from 'zod'

const planSchema = z.object({
  image: z.string(),
  /** `null`: none. */
  channel: z.string().nullable(),
  recipe: z.string().optional(),
  cmdline: z.string().optional(),
})
/** What shall be made of a file. */
export type Plan = z.infer<typeof planSchema>

const rememberedSchema = z.object({
  plan: planSchema,
  file: z.object({ name: z.string(), size: z.number(), lastModified: z.number() }),
  at: z.number(),
})
export type Remembered = z.infer<typeof rememberedSchema>
/** What a browser says of a file without reading it. */
export type KnownFile = Remembered['file']

const place = 'bootcast-uploads'
/** Uploads expire on the platform after a day without a byte; here a little later. */
const lifeMs = 3 * 24 * 60 * 60 * 1000
const most = 100

type Kept = Pick<Storage, 'getItem' | 'setItem'>

/** Uploads by their ids, over a reload of the page: what shall become of them, and of which file they are. */
export class RememberedUploads {
  readonly #storage: () => Kept
  readonly #now: () => number

  constructor(storage: () => Kept, now: () => number = Date.now) {
    this.#storage = storage
    this.#now = now
  }

  find(upload: string): Remembered | undefined {
    return this.#read()[upload]
  }

  keep(upload: string, plan: Plan, { name, size, lastModified }: KnownFile): void {
    const entry = { plan, file: { name, size, lastModified }, at: this.#now() }
    this.#write({ ...this.#read(), [upload]: entry })
  }

  forget(upload: string): void {
    const { [upload]: _, ...others } = this.#read()
    this.#write(others)
  }

  /** Anything else that stands in that place is as if nothing stood there. */
  #read(): Record<string, Remembered> {
    try {
      const found = z
        .record(z.string(), rememberedSchema)
        .parse(JSON.parse(this.#storage().getItem(place) ?? '{}'))
      return Object.fromEntries(Object.entries(found).filter(([, { at }]) => at > this.#now() - lifeMs))
    } catch {
      return {}
    }
  }

  /** A browser may refuse, or be full: then a reload has to ask what shall become of it. */
  #write(all: Record<string, Remembered>): void {
    const newest = Object.entries(all)
      .sort(([, a], [, b]) => b.at - a.at)
      .slice(0, most)
    try {
      this.#storage().setItem(place, JSON.stringify(Object.fromEntries(newest)))
    } catch (error) {
      console.warn('what is uploaded could not be remembered', error)
    }
  }
}

const longestText = 200

/** By what an upload is known again on the platform: another file, or the same one changed, has another. */
export const uploadKeyOf = ({ name, size, lastModified }: KnownFile): string =>
  `console ${lastModified} ${size} ${name}`.slice(0, longestText).toWellFormed()

export const isSameFile = (one: KnownFile, other: KnownFile): boolean =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified

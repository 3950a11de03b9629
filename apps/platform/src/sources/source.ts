/** How a kind of source is reached and what is taken of it, without its secret. */
export type SourceSettings = {
  /** Names of images, or tags, with `*` for anything; empty: all. */
  readonly only: readonly string[]
  readonly prefix?: string | undefined
  /** Absent: none follows what comes. */
  readonly channel?: string | undefined
  readonly everySeconds: number
  readonly user?: string | undefined
  /** UForge: the public key of a pair whose secret key is the secret. */
  readonly apiKey?: string | undefined
  /** Bootcast: the channel there. */
  readonly follow?: string | undefined
  /** OCI. */
  readonly image?: string | undefined
  readonly plainHttp?: boolean | undefined
}

export type SourceKind = 'uforge' | 'bootcast' | 'oci'

/** A place elsewhere whose images become releases here by themselves. */
export type Source = {
  readonly id: string
  readonly name: string
  readonly kind: SourceKind
  readonly url: string
  readonly settings: SourceSettings
  /** Users sign in by it. */
  readonly signIn: boolean
  readonly createdAt: number
  readonly createdBy: string
  /** When the last sync ended, and the last without a problem. Milliseconds since 1970, as all times here. */
  readonly syncedAt: number | undefined
  readonly succeededAt: number | undefined
  /** Why the last sync failed. */
  readonly problem: string | undefined
}

/** Something that a source had at its last sync: a release here, or the reason why it is none. */
export type SourceItem = {
  /** With another content there it is another. */
  readonly key: string
  /** What it is called there, for people. */
  readonly title: string
  readonly image: string | undefined
  readonly number: number | undefined
  readonly problem: string | undefined
  readonly at: number
}

/** Who made a release that came from a source. No user has such a name by chance: it stands in no list of users. */
export const madeBy = (source: Pick<Source, 'name'>): string => `source:${source.name}`

/** What users who sign in by a source are in. */
export const groupOf = (source: Pick<Source, 'name'>): string => `source:${source.name}`

export class SourceNotFound extends Error {
  override readonly name = 'SourceNotFound'
  readonly code = 'source_not_found'
  constructor(name: string) {
    super(`There is no source ${name}.`)
  }
}

export class SourceExists extends Error {
  override readonly name = 'SourceExists'
  readonly code = 'source_exists'
  constructor(name: string) {
    super(`There is a source ${name} already.`)
  }
}

/** A password is told to one place at most. */
export class SignInTaken extends Error {
  override readonly name = 'SignInTaken'
  readonly code = 'sign_in_taken'
  constructor() {
    super('Users sign in by another source already; one at most can check them.')
  }
}

export const mostSources = 100

export class SourcesFull extends Error {
  override readonly name = 'SourcesFull'
  readonly code = 'sources_full'
  constructor() {
    super(`There are ${mostSources} sources, the most that there can be.`)
  }
}

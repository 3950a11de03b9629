import { createHash, randomBytes } from 'node:crypto'
import type { MachineFacts } from '../machine.ts'
import type { BootSession, KeyRefusal, Pass } from './boot-session.ts'
import type { SameMachine } from './same-machine.ts'

export type BootSessionsSettings = {
  /** Whether an address belongs to a machine that used another one before. */
  readonly isSameMachine: SameMachine
  /** Keeps sessions over a restart; absent: they end with the process. */
  readonly store?: BootSessionStore
  readonly onError?: (error: unknown) => void
  readonly now?: () => number
  /** Most sessions at once. */
  readonly capacity?: number
}

/** Where sessions outlive the process. */
export interface BootSessionStore {
  /** All that may still be used. */
  load(now: number): Promise<readonly BootSession[]>
  /** Keeps these, each in place of its older self. */
  save(sessions: readonly BootSession[]): Promise<void>
  /** Forgets what was used last before that moment. */
  forget(lastUsedBefore: number): Promise<void>
}

/** A key that is not used for so long is dead. */
const idleMs = 60 * 60 * 1000
/** No boot takes longer; an installer may say nothing until it is done. */
const longestMs = 12 * 60 * 60 * 1000
/** One address is one machine, or a gateway with many behind it; who makes up machines pushes out only its own. */
const mostOfOneAddress = 4096
const usualCapacity = 50_000
/** Changes wait so long for the store, so that a thousand machines are a few transactions. */
const saveAfterMs = 250

/**
 * The boots under way. Keys are 128 random bits; a key works for the machine that got it, for an hour after its last use
 * (one that installs: twelve), and twelve at most. Memory: about 1 KiB for each, 50,000 at most; the one that was quiet
 * longest goes first, and before it one that nobody has used: machines that are made up push out no real boot.
 */
export class BootSessions {
  readonly #settings: BootSessionsSettings
  readonly #now: () => number
  readonly #capacity: number
  /** By secret, in the order of last use. */
  readonly #sessions = new Map<string, BootSession>()
  readonly #byAddress = new Map<string, Set<string>>()
  /** By secret: those that nobody signed in at, and that may fetch nothing; the first to go where there is no room. */
  readonly #unused = new Set<string>()
  readonly #unsaved = new Set<BootSession>()
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(settings: BootSessionsSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
    this.#capacity = settings.capacity ?? usualCapacity
  }

  /** Takes up the sessions of before. */
  async start(): Promise<void> {
    const { store } = this.#settings
    if (store === undefined) return
    const now = this.#now()
    await store.forget(now - longestMs)
    const kept = (await store.load(now)).filter((session) => !this.#isOver(session))
    for (const session of [...kept].sort((a, b) => a.lastUsedAt - b.lastUsedAt)) this.#add(session)
  }

  async stop(): Promise<void> {
    await this.saved()
  }

  /** A new session and its key: 22 characters of A-Z a-z 0-9 _ -. The key is told here and never again. */
  open(machine: MachineFacts, address: string): { readonly key: string; readonly session: BootSession } {
    const key = randomBytes(16).toString('base64url')
    const at = this.#now()
    const session: BootSession = {
      secret: secretOf(key),
      id: randomBytes(8).toString('hex'),
      machine,
      openedAt: at,
      address,
      lastUsedAt: at,
      user: undefined,
      pass: undefined,
    }
    this.#add(session)
    this.changed(session)
    return { key, session }
  }

  /** The session of a key that somebody at `address` shows. */
  async use(
    key: string,
    address: string,
  ): Promise<BootSession | { readonly refused: KeyRefusal; readonly of?: BootSession }> {
    const session = this.#sessions.get(secretOf(key))
    if (session === undefined) return { refused: 'unknown key' }
    if (this.#isOver(session)) {
      this.#drop(session)
      return { refused: 'key too old', of: session }
    }
    if (session.address !== address) {
      if (!(await this.#settings.isSameMachine(session, address)))
        return { refused: 'key of another machine', of: session }
      this.#move(session, address)
    }
    session.lastUsedAt = this.#now()
    this.#sessions.delete(session.secret)
    this.#sessions.set(session.secret, session)
    return session
  }

  /** Who signed in, or nobody any more. */
  signedIn(session: BootSession, user: string | undefined): void {
    session.user = user
    this.#unused.delete(session.secret)
    this.changed(session)
  }

  /** What it may fetch from now on, in place of what it might before. */
  permit(session: BootSession, pass: Pass): void {
    session.pass = pass
    this.#unused.delete(session.secret)
    this.changed(session)
  }

  /** Ends all sessions for which that is true; for instance those of a user who was locked out. */
  end(isMeant: (session: BootSession) => boolean): number {
    const meant = [...this.#sessions.values()].filter(isMeant)
    for (const session of meant) {
      session.pass = undefined
      session.lastUsedAt = 0
      this.changed(session)
      this.#drop(session)
    }
    return meant.length
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Something about it is to be kept. */
  changed(session: BootSession): void {
    if (this.#settings.store === undefined) return
    this.#unsaved.add(session)
    this.#timer ??= setTimeout(() => this.saved(), saveAfterMs).unref()
  }

  /** Fulfilled when all changes until now are kept, or were told to `onError`. */
  saved(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#saving = this.#saving.then(() => this.#save())
    return this.#saving
  }

  async #save(): Promise<void> {
    const batch = [...this.#unsaved]
    this.#unsaved.clear()
    if (batch.length === 0) return
    try {
      await this.#settings.store?.save(batch)
    } catch (error) {
      this.#settings.onError?.(error)
    }
  }

  #isOver({ openedAt, lastUsedAt, pass }: BootSession): boolean {
    const now = this.#now()
    const mostIdleMs = pass?.installs === true ? longestMs : idleMs
    return now - lastUsedAt > mostIdleMs || now - openedAt > longestMs
  }

  #add(session: BootSession): void {
    const { secret, pass, user } = session
    this.#sessions.set(secret, session)
    if (pass === undefined && user === undefined) this.#unused.add(secret)
    const ofAddress = this.#ofAddress(session.address)
    ofAddress.add(secret)
    if (ofAddress.size > mostOfOneAddress) this.#dropOne(ofAddress, ofAddress)
    if (this.#sessions.size > this.#capacity) this.#dropOne(this.#unused, this.#sessions.keys())
  }

  /** The first that is not used, else the first of `all`. */
  #dropOne(candidates: Iterable<string>, all: Iterable<string>): void {
    const [first = ''] = all
    const session = this.#sessions.get(this.#firstUnused(candidates) ?? first)
    if (session !== undefined) this.#drop(session)
  }

  #firstUnused(candidates: Iterable<string>): string | undefined {
    for (const secret of candidates) if (this.#unused.has(secret)) return secret
    return undefined
  }

  #drop(session: BootSession): void {
    this.#sessions.delete(session.secret)
    this.#unused.delete(session.secret)
    this.#leave(session)
  }

  #move(session: BootSession, address: string): void {
    this.#leave(session)
    session.address = address
    this.#ofAddress(address).add(session.secret)
    this.changed(session)
  }

  #leave({ address, secret }: BootSession): void {
    const ofAddress = this.#byAddress.get(address)
    ofAddress?.delete(secret)
    if (ofAddress?.size === 0) this.#byAddress.delete(address)
  }

  #ofAddress(address: string): Set<string> {
    const found = this.#byAddress.get(address) ?? new Set()
    this.#byAddress.set(address, found)
    return found
  }
}

/** 128 random bits need no slow hash. */
const secretOf = (key: string): string => createHash('sha256').update(key).digest('hex')

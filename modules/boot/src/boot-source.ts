import type { Readable } from 'node:stream'
import type { BootPlan } from './boot-plan.ts'
import type { MachineFacts, MachineQuirks } from './machine.ts'

/** A machine that asks what to do, and what is known of who stands in front of it. */
export type Asking = {
  readonly machine: MachineFacts
  /** Where the question came from: what the connection says, not the machine. */
  readonly from: string
  /** Who signed in at its screen. */
  readonly user?: string | undefined
  /** What was picked there: an image reference. */
  readonly choice?: string | undefined
  /** The site at which it asks; absent: a machine that talks to the platform itself. */
  readonly site?: AskingSite | undefined
}

export type AskingSite = {
  readonly name: string
  /** What may be booted there. */
  readonly images: 'all' | ReadonlySet<string>
}

/** What a machine shall do, and why. */
export type BootDecision = {
  readonly plan: BootPlan
  /** For people. */
  readonly because: string
  /** What it boots: `demo@3`. */
  readonly release?: string
  /** By whose leave it boots. */
  readonly leave?: Leave
}

/** By whose leave a machine boots. */
export type Leave =
  | { readonly by: 'assignment' | 'one-shot' | 'default' }
  | { readonly by: 'opening'; readonly opening: string }
  | { readonly by: 'user'; readonly user: string }

/**
 * What boot needs from the rest: the platform answers it from the catalogue, a site from its upstream.
 * A rejected promise means "broken now, ask again", never "there is nothing".
 */
export interface BootSource {
  /** What this machine shall do now. Also the moment at which the machine becomes known. */
  decide(asking: Asking): Promise<BootDecision>
  /**
   * What `decide` would say now, with nothing begun, counted or written down: nobody is told it. Absent: `decide` may be
   * asked instead.
   */
  foresee?(asking: Asking): Promise<BootDecision>
  /** Remembers that a machine was heard (by DHCP). Must not delay the answer to it. */
  heard(machine: MachineFacts): void
  /** Quirks of one machine, from memory: asked on each DHCP packet. */
  quirksOf(mac: string): MachineQuirks
  /** A file that some plan names, or `undefined` when no published release has it. */
  openFile(digest: string): Promise<ServedFile | undefined>
  /** All that its loader needs was sent to a machine: its system starts. Absent: nobody listens. */
  started?(boot: StartedBoot): Promise<void>
  /** Somebody showed a key that does not open what was asked for. Must not delay the answer. Absent: nobody listens. */
  refused?(refusal: KeyRefused): void
  /** A machine that was told to boot this says how far the writing of its disk is. Absent: nobody listens. */
  reported?(report: DiskReport): Promise<void>
  /** A machine that was told to boot this says how that went. Absent: nobody listens. */
  phonedHome?(call: PhoneCall): Promise<void>
  /**
   * The text of a document that a decision named, made at this moment. `file`: the rest of the path, for a folder.
   * `bootUrl`: where this boot reaches us, without a slash at its end. `undefined`: there is none now.
   */
  openDocument?(boot: StartedBoot, role: string, file: string, bootUrl: string): Promise<string | undefined>
  /** A file of a tree that some plan names: `digest` is the tree's, `path` as in the URL, decoded. Absent: no trees. */
  openTreeFile?(digest: string, path: string): Promise<ServedFile | undefined>
}

export type StartedBoot = {
  readonly machine: MachineFacts
  readonly release: string | undefined
  readonly leave: Leave | undefined
  readonly user: string | undefined
}

export type KeyRefused = {
  /** The machine that the key was given to. */
  readonly mac: string | undefined
  readonly why: string
  /** The address that showed it, where that is another one. */
  readonly from?: string
}

/** What an installed system, or an installer, says of itself: `docs/protocols/boot-web-services.md`. */
export type PhoneCall = {
  readonly mac: string
  /** `demo@3` */
  readonly release: string
  readonly state: 'done' | 'failed' | 'log'
  /** A line for people; bounded, one line. */
  readonly text: string
  /** This boot was to install a system: with `done` it is on the machine's disk. */
  readonly installs: boolean
}

/** Who may sign in at the screen of a machine. */
export interface BootPeople {
  /**
   * The user's name, when the password is right. Takes the same time whether there is such a user or not.
   * @throws {SignInRefused} it is not, or not now
   */
  signIn(name: string, password: string, from: string): Promise<string>
}

/** A sign-in that did not succeed. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  /** `away`: who knows the users cannot be asked now. `cut-off`: neither, and the password is not one known here. */
  readonly why: 'wrong' | 'locked' | 'away' | 'cut-off'
  /** Seconds until it makes sense to try again. */
  readonly retrySeconds: number

  constructor(why: SignInRefused['why'], retrySeconds: number) {
    super(`sign-in refused: ${why}`)
    this.why = why
    this.retrySeconds = retrySeconds
  }
}

/** What the deploy environment says: `docs/protocols/disk-deploy.md`. */
export type DiskReport = {
  readonly mac: string
  /** `demo@3` */
  readonly release: string
  readonly state: 'started' | 'write' | 'check' | 'done' | 'failed'
  /** Bytes. */
  readonly done: number
  readonly total: number
}

/** An immutable file that can be given out in parts. */
export type ServedFile = {
  /** Names the bytes: two files with the same words here are the same. Usually `sha256:…`. */
  readonly digest: string
  /** Size in bytes. */
  readonly size: number
  /** A path on this machine with these bytes, where there is one: served by sendfile(2). */
  readonly path?: string
  /** Where in the file at `path` they begin, in bytes. Default 0. */
  readonly offset?: number
  /** Makes an address where all its bytes are to be had by Range, for clients that follow redirects. */
  readonly elsewhere?: () => Promise<string>
  /**
   * Of a file whose bytes still arrive: waits until there are some from `first` on, and tells the last one that may be
   * read now: at least `first`, at most `last`. Rejects when they will not come, and when `signal` says that nobody
   * waits any more. All are positions in this file, not in the one at `path`, which has its full size from the start
   * and in which bytes that were not told are anything. Absent: all bytes are there.
   */
  readonly ready?: (first: number, last: number, signal?: AbortSignal) => Promise<number>
  /** The bytes from `first` to `last`, both included. Of a file that arrives: only those that `ready` has told. */
  read(first: number, last: number): Promise<Readable>
}

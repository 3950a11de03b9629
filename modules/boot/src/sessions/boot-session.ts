import type { Leave } from '../boot-source.ts'
import type { MachineFacts } from '../machine.ts'

/**
 * One boot of one machine, from its first script to its running system. The key in its URLs names it; the key itself is
 * kept nowhere, only its SHA-256.
 */
export type BootSession = {
  /** SHA-256 of the key, hexadecimal. */
  readonly secret: string
  /** For people and logs: names the boot, opens nothing. */
  readonly id: string
  readonly machine: MachineFacts
  /** The site whose boot this is, where another program asks for it. */
  readonly site?: string
  /** Milliseconds since 1970, as the others. */
  readonly openedAt: number
  /** Where the machine asks from. */
  address: string
  lastUsedAt: number
  /** Who signed in at its screen. */
  user: string | undefined
  /** What it may fetch; nothing before it was told to boot. */
  pass: Pass | undefined
}

/** What the bearer of a key may fetch, and by whose leave. */
export type Pass = {
  /** For people: `demo@3`. */
  readonly release: string | undefined
  readonly leave: Leave | undefined
  /** Digests of files. */
  readonly files: readonly string[]
  readonly tree: string | undefined
  /** Of the files, those that iPXE fetches: with the last of them the system starts. */
  readonly missing: string[]
  /** Role of a document → how often each file of it may be fetched. */
  readonly documents: Readonly<Record<string, number>>
  /** One of the documents installs a system: `done` means that it is on the machine's disk. */
  readonly installs: boolean
  /** `role/file` → how often it was. */
  readonly fetched: Record<string, number>
}

/** Why a key opens nothing; told to the log and the audit, never to the machine. */
export type KeyRefusal = 'unknown key' | 'key too old' | 'key of another machine'

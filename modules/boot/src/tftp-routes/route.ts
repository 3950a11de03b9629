import type { TftpFile } from '@bootcast/netboot'
import type { BootSource } from '../boot-source.ts'
import type { LoaderShelf } from '../loader-shelf.ts'
import type { Answering } from '../machine-answer.ts'
import type { BootSessions } from '../sessions/boot-sessions.ts'
import type { CodeSource } from '../sessions/code-source.ts'

export type TftpContext = Answering & {
  readonly source: BootSource
  readonly sessions: BootSessions
  readonly codes: CodeSource
  readonly shelf: LoaderShelf
  /** Where the asking machine reaches HTTP; no slash at the end. */
  readonly baseUrl: string
  /** Where people approve codes. */
  readonly activateUrl: string
  /** The address that asks. */
  readonly client: string
}

/** One kind of path that machines ask for by TFTP. The first that claims a path answers. */
export type TftpRoute = {
  readonly name: string
  /** Whether a path is of its kind, as far as its words tell. */
  owns(path: string, shelf: LoaderShelf): boolean
  /** The file, or `undefined` when the path is not its own. Rejects when it is, and cannot be read now. */
  claim(path: string, context: TftpContext): Promise<TftpFile | undefined>
}

/** A file that is in memory. */
export function inMemory(bytes: Uint8Array): TftpFile {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

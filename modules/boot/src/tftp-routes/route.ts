import type { LoaderShelf } from '../loader-shelf.ts'

export type TftpContext = {
  readonly shelf: LoaderShelf
  /** Where the asking machine reaches HTTP; no slash at the end. */
  readonly baseUrl: string
}

/** One kind of path that machines ask for by TFTP. The first that claims a path answers. */
export type TftpRoute = {
  readonly name: string
  /** The whole content, or `undefined` when the path is not its own. */
  claim(path: string, context: TftpContext): Uint8Array | undefined
}

import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Failure } from './failure.ts'

/** A file of this computer as it was when it was first looked at. */
export type LocalFile = {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly modified: bigint
  /** Another one when the file is written to or replaced. */
  readonly identity: string
}

const pieceBytes = 1 << 20

/** @throws {Failure} when there is no such file, it is none, cannot be read, or is empty */
export async function localFile(path: string): Promise<LocalFile> {
  const file = await opened(path)
  try {
    const { size, modified, identity } = await lookAt(file, path)
    if (size === 0)
      throw new Failure(`${path} is empty.`, {
        code: 'file_empty',
        todo: 'Was it downloaded or built to its end?',
      })
    return { path, name: basename(path), size, modified, identity }
  } finally {
    await file.close()
  }
}

/**
 * The bytes of the file from `from` on, as many as it had. A piece is there until the next is asked for: all stand in
 * two buffers of 1 MiB, since new ones for each would take more time than reading; while one is out the other is
 * filled. `onBytes` hears where each ends. @throws {Failure} when the file has changed since `localFile`
 */
export async function* piecesOf(
  file: LocalFile,
  onBytes: (bytes: number) => void,
  from = 0,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const handle = await opened(file.path)
  let [filling, resting] = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)]
  const fill = (at: number) => handle.read(filling, 0, Math.min(pieceBytes, file.size - at), at)
  let reading: ReturnType<typeof fill> | undefined
  try {
    await assertSame(handle, file)
    for (let at = from; at < file.size; ) {
      const { bytesRead } = await (reading ?? fill(at)).catch((error) => cannotRead(file.path, error))
      if (bytesRead === 0) throw changed(file)
      const piece = filling.subarray(0, bytesRead)
      at += bytesRead
      ;[filling, resting] = [resting, filling]
      reading = at < file.size ? fill(at) : undefined
      // A failure is met in the next round.
      reading?.catch(() => undefined)
      onBytes(at)
      yield piece
    }
    await assertSame(handle, file)
  } finally {
    // Until then the buffer is not free.
    await reading?.catch(() => undefined)
    await handle.close()
  }
}

/** @throws {Failure} when the file is no longer what it was */
export function changed({ path }: Pick<LocalFile, 'path'>): Failure {
  return new Failure(`${path} changes while it is read.`, {
    code: 'file_changed',
    why: 'Something still writes to it, so nobody can say what would be published.',
    todo: 'Wait until it is finished, then publish again.',
  })
}

async function assertSame(handle: FileHandle, file: LocalFile): Promise<void> {
  const now = await lookAt(handle, file.path)
  if (now.size !== file.size || now.modified !== file.modified) throw changed(file)
}

async function opened(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((error) => cannotRead(path, error))
}

async function lookAt(
  file: FileHandle,
  path: string,
): Promise<Pick<LocalFile, 'size' | 'modified' | 'identity'>> {
  const { size, mtimeNs, ctimeNs, dev, ino, mode } = await file.stat({ bigint: true })
  if (!isFile(mode))
    throw new Failure(`${path} is ${isDirectory(mode) ? 'a directory' : 'no regular file'}.`, {
      code: 'not_a_file',
      todo: 'Name the file itself.',
    })
  return { size: Number(size), modified: mtimeNs, identity: [dev, ino, size, mtimeNs, ctimeNs].join(' ') }
}

const kindBits = 0o170000n
const isFile = (mode: bigint) => (mode & kindBits) === 0o100000n
const isDirectory = (mode: bigint) => (mode & kindBits) === 0o040000n

const reasons: Readonly<Record<string, readonly [what: string, todo: string]>> = {
  ENOENT: ['There is no file', 'Check the path.'],
  ENOTDIR: ['There is no file', 'Check the path.'],
  ENAMETOOLONG: ['There is no file', 'The path is longer than the system allows.'],
  EACCES: [
    'You may not read',
    'Check its permissions (Debian keeps kernels in /boot readable for root only).',
  ],
  EISDIR: ['Not a file but a directory:', 'Name the file itself.'],
}

function cannotRead(path: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[code]
  if (reason !== undefined)
    throw new Failure(`${reason[0]} ${path}.`, { code: 'file_unreadable', todo: reason[1] })
  throw new Failure(`Cannot read ${path}.`, {
    code: 'file_unreadable',
    why: error instanceof Error ? error.message : String(error),
  })
}

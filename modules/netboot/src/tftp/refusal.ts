import { type TftpRequestPacket, tftpErrors } from './packet.ts'

/** Something of a request that the client shall be told, and the boot log with it. */
export type Refusal = { readonly code: number; readonly message: string; readonly reason?: string }

/** GRUB asks with what it knows of its machine in the path; options need the rest of a request of 512 bytes. */
const maxPathBytes = 400

/** Why a request is answered with an error, whatever files there are. */
export function refusalOf({ kind, path, mode }: TftpRequestPacket): Refusal | undefined {
  if (kind === 'write') return { code: tftpErrors.accessViolation, message: 'This server is read only' }
  if (mode !== 'octet') return { code: tftpErrors.undefined, message: 'Only octet mode is served' }
  if (path === '') return { code: tftpErrors.notFound, message: 'No file name' }
  if (Buffer.byteLength(path) > maxPathBytes) {
    return { code: tftpErrors.accessViolation, message: 'File name longer than 400 bytes' }
  }
  if (/[\p{C}\p{Zl}\p{Zp}\uFFFD]/u.test(path)) {
    return { code: tftpErrors.accessViolation, message: 'File name with characters that cannot be printed' }
  }
  return undefined
}

/** A path that was refused, as it may stand in a log. */
export function shownPath(path: string): string {
  return path.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD').slice(0, maxPathBytes)
}

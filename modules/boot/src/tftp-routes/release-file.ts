import type { TftpFile } from '@bootcast/netboot'
import { reasonOf } from '../log.ts'
import { noteSent } from '../sessions/started.ts'
import type { TftpRoute } from './route.ts'
import { StreamedFile } from './streamed-file.ts'
import { noteRefusal, sessionOf } from './with-key.ts'

const pattern = /^b\/([A-Za-z0-9_-]{22})\/files\/([0-9a-f]{64})\/([^/]+)$/

/** Files of releases, for GRUB: the same paths as over HTTP, with the same keys. They come as streams, whatever their size. */
export const releaseFileRoute: TftpRoute = {
  name: 'file',
  owns: (path) => pattern.test(path),
  claim: async (path, context): Promise<TftpFile | undefined> => {
    const [, key = '', hex = '', name = ''] = pattern.exec(path) ?? []
    if (key === '') return undefined
    const { source } = context
    const session = await sessionOf(context, key, name)
    if (session === undefined) return undefined
    const digest = `sha256:${hex}`
    if (session.pass?.files.includes(digest) !== true) {
      noteRefusal(context, name, 'file of another release', session.machine.mac)
      return undefined
    }
    const file = await source.openFile(digest)
    const onEnd = () => {
      noteSent(context, session, digest).catch((error: unknown) =>
        context.log('error', 'that a machine has started could not be written down', {
          reason: reasonOf(error),
        }),
      )
    }
    return file && new StreamedFile(file, onEnd)
  },
}

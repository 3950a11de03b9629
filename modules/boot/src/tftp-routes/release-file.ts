import type { TftpFile } from '@bootcast/netboot'
import { reasonOf, tame } from '../log.ts'
import { noteSent } from '../sessions/started.ts'
import type { TftpContext, TftpRoute } from './route.ts'
import { StreamedFile } from './streamed-file.ts'

const pattern = /^b\/([A-Za-z0-9_-]{22})\/files\/([0-9a-f]{64})\/([^/]+)$/

/** Files of releases, for GRUB: the same paths as over HTTP, with the same keys. They come as streams, whatever their size. */
export const releaseFileRoute: TftpRoute = {
  name: 'file',
  owns: (path) => pattern.test(path),
  claim: async (path, context): Promise<TftpFile | undefined> => {
    const [, key = '', hex = '', name = ''] = pattern.exec(path) ?? []
    if (key === '') return undefined
    const { client, sessions, source } = context
    const session = await sessions.use(key, client)
    if ('refused' in session) return refuse(context, name, session.refused, session.of?.machine.mac)
    const digest = `sha256:${hex}`
    if (session.pass?.files.includes(digest) !== true)
      return refuse(context, name, 'file of another release', session.machine.mac)
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

function refuse(
  { counters, log, journal, source, client }: TftpContext,
  name: string,
  why: string,
  mac: string | undefined,
) {
  counters.add(`tftp.refused: ${why}`)
  log('warn', 'a key was refused', { why, from: client, of: mac })
  source.refused?.({ mac, why, from: client })
  journal.note({ kind: 'refused-file', address: client, name: tame(name), why })
  return undefined
}

import type { TftpFile } from '@bootcast/netboot'
import type { TftpRoute } from './route.ts'
import { StreamedFile } from './streamed-file.ts'

/** Files of releases, for GRUB: the same paths as over HTTP. They come as streams, whatever their size. */
export const releaseFileRoute: TftpRoute = {
  name: 'file',
  claim: async (path, { source }): Promise<TftpFile | undefined> => {
    const hex = /^files\/([0-9a-f]{64})\/[^/]+$/.exec(path)?.[1]
    const file = hex === undefined ? undefined : await source.openFile(`sha256:${hex}`)
    return file && new StreamedFile(file)
  },
}

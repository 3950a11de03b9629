import { grubFile } from '../grub/grub-files.ts'
import { inMemory, type TftpRoute } from './route.ts'

/** GRUB's configuration; a path may have a query, as GRUB knows no other way to say who asks. */
export const grubRoute: TftpRoute = {
  name: 'grub',
  owns: (path) => path.startsWith('grub/'),
  claim: async (asked, context) => {
    const [, path = '', search = ''] = /^grub\/([^?]+)(?:\?(.*))?$/.exec(asked) ?? []
    const text = path === '' ? undefined : await grubFile({ path, search, ...context }, context)
    return text === undefined ? undefined : inMemory(Buffer.from(text))
  },
}

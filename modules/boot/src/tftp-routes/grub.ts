import { grubFile } from '../grub/grub-files.ts'
import { keyedGrubFile } from '../grub/keyed-grub-files.ts'
import { inMemory, type TftpContext, type TftpRoute } from './route.ts'
import { sessionOf } from './with-key.ts'

const pattern = /^(?:b\/([A-Za-z0-9_-]{22})\/)?grub\/([^?]+)(?:\?(.*))?$/

/**
 * GRUB's configuration, and with a key what its menu leads to; a path may have a query, as GRUB knows no other way to
 * say who asks.
 */
export const grubRoute: TftpRoute = {
  name: 'grub',
  owns: (path) => pattern.test(path),
  claim: async (asked, context) => {
    const [, key, path = '', search = ''] = pattern.exec(asked) ?? []
    if (path === '') return undefined
    const { client, baseUrl, activateUrl } = context
    const question = { path, search, client, baseUrl, activateUrl }
    const text = await (key === undefined ? grubFile(question, context) : keyedText(question, key, context))
    return text === undefined ? undefined : inMemory(Buffer.from(text))
  },
}

async function keyedText(
  question: Parameters<typeof grubFile>[0],
  key: string,
  context: TftpContext,
): Promise<string | undefined> {
  const session = await sessionOf(context, key, question.path)
  return session && (await keyedGrubFile({ ...question, session, key }, context))
}

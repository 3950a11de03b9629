import { grubFile } from '../grub/grub-files.ts'
import { answeringOf, baseUrlOf, clientOf, send, sendText, type Web } from './web.ts'

/** `/grub/…`: the entry for GRUB. It asks by HEAD for the size, and then by GET for so many bytes: both get one answer. */
export async function grub(web: Web, [path = '']: readonly string[]): Promise<void> {
  const { request, search, held, settings, journal } = web
  const client = clientOf(web)
  const question = `${client} ${request.url}`
  const asking = { path, search, client, baseUrl: baseUrlOf(web) }
  const text =
    held.take(question) ?? (await grubFile(asking, { ...answeringOf(web), sessions: settings.sessions }))
  if (text === undefined) return sendText(web, 404, 'There is no such file for GRUB here.\n')
  if (request.method === 'HEAD') held.hold(question, text)
  else if (path === 'grub.cfg') journal.note({ kind: 'first-script', address: client })
  send(web, 200, 'text/plain; charset=us-ascii', text)
}

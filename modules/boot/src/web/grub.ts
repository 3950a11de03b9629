import { grubFile } from '../grub/grub-files.ts'
import { keyedGrubFile } from '../grub/keyed-grub-files.ts'
import {
  activateUrlOf,
  answeringOf,
  baseUrlOf,
  clientOf,
  type KeyedWeb,
  send,
  sendText,
  type Web,
} from './web.ts'

/** `/grub/…`: the entry for GRUB. */
export async function grub(web: Web, [path = '']: readonly string[]): Promise<void> {
  const { request, journal } = web
  if (request.method === 'GET' && path === 'grub.cfg')
    journal.note({ kind: 'first-script', address: clientOf(web), by: 'grub' })
  await sendHeld(web, () => grubFile(questionOf(web, path), grubAnsweringOf(web)))
}

/** `/b/<key>/grub/…`: what its menu leads to. */
export async function keyedGrub(web: KeyedWeb, [path = '']: readonly string[]): Promise<void> {
  const { session, key } = web
  await sendHeld(web, () => keyedGrubFile({ ...questionOf(web, path), session, key }, grubAnsweringOf(web)))
}

const questionOf = (web: Web, path: string) => ({
  path,
  search: web.search,
  client: clientOf(web),
  baseUrl: baseUrlOf(web),
  activateUrl: activateUrlOf(web),
})

const grubAnsweringOf = (web: Web) => {
  const { sessions, codes } = web.settings
  return { ...answeringOf(web), sessions, codes }
}

/** GRUB asks by HEAD for the size, and then by GET for so many bytes: both get one answer. */
async function sendHeld(web: Web, make: () => Promise<string | undefined>): Promise<void> {
  const { request, held } = web
  const question = `${clientOf(web)} ${request.url}`
  const text = held.take(question) ?? (await make())
  if (text === undefined) return sendText(web, 404, 'There is no such file for GRUB here.\n')
  if (request.method === 'HEAD') held.hold(question, text)
  send(web, 200, 'text/plain; charset=us-ascii', text)
}

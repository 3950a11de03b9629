import type { ServedFile } from '../boot-source.ts'
import { diskReportFrom } from '../disk-report.ts'
import { type Served, type ServeFileOptions, serveFile } from '../http/serve-file.ts'
import { type AskedFile, fileNotes } from '../journal-notes.ts'
import { reasonOf, tame } from '../log.ts'
import type { BootSession } from '../sessions/boot-session.ts'
import { noteSent } from '../sessions/started.ts'
import { bootUrl } from '../template.ts'
import { phoneCallFrom } from './phone-call.ts'
import { baseUrlOf, clientOf, type KeyedWeb, send, sendText, type Web } from './web.ts'

/*
 * The third of three web services: what a machine fetches that was told to boot something. A key opens what belongs to
 * its release, and nothing else.
 */

/** `/b/<key>/files/<64 hex>/<name>` */
export async function releaseFile(web: KeyedWeb, [hex = '', raw = '']: readonly string[]): Promise<void> {
  const { settings, request, response, session } = web
  const digest = `sha256:${hex}`
  const asked: AskedFile = { what: 'file', name: decoded(raw) ?? raw, digest }
  const pass = session.pass
  if (pass === undefined || !pass.files.includes(digest))
    return refuse(web, asked.name, 'file of another release')
  const file = await settings.source.openFile(digest)
  if (file === undefined) return noSuchFile(web, asked, 'No published release has this file.\n')
  if (file.elsewhere !== undefined && follows(request.headers['user-agent'])) {
    const location = await file.elsewhere()
    response.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': 0 })
    response.end()
    settings.log('debug', 'a machine was sent to the store', { what: digest })
    web.journal.note(notesOf(web, { ...asked, size: file.size }).answered(302))
    return await noteSent({ ...settings, counters: web.counters }, session, digest)
  }
  const sent = await serve(web, asked, digest, file)
  if (request.method === 'GET' && reachesEnd(web, file, sent))
    await noteSent({ ...settings, counters: web.counters }, session, digest)
}

/** Sends a file; the log and the timeline hear how that went. */
async function serve(
  web: Web,
  asked: AskedFile,
  what: string,
  file: ServedFile,
  options?: ServeFileOptions,
): Promise<Served> {
  const { settings, journal, request, response } = web
  const notes = notesOf(web, { ...asked, size: file.size })
  if (request.method === 'GET') journal.note(notes.begins())
  const sent = await serveFile(request, response, file, settings.sender, options)
  journal.note(notes.sent(sent))
  logSent(web, what, sent)
  return sent
}

function notesOf(web: Web & { readonly session?: BootSession }, asked: AskedFile) {
  const { session } = web
  const of = session && { mac: session.machine.mac, boot: session.id }
  return fileNotes(web.request.method, asked, { address: clientOf(web), ...of })
}

function noSuchFile(web: Web, asked: AskedFile, text: string): void {
  web.journal.note(notesOf(web, asked).answered(404))
  sendText(web, 404, text)
}

/** iPXE (src/net/tcp/httpcore.c), curl as dracut calls it, and both wgets follow a 302. */
const follows = (agent = '') => /^(iPXE|curl|Wget)\b/.test(agent)

/** The whole, or its last part; a CD that is read in parts counts from its first. */
function reachesEnd({ response }: Web, { size }: ServedFile, { completed, status }: Served): boolean {
  if (!completed) return false
  if (status === 200) return true
  const last = /-(\d+)\//.exec(String(response.getHeader('content-range') ?? ''))?.[1]
  return status === 206 && (Number(last) === size - 1 || size > 16 * 1024 * 1024)
}

/** `/b/<key>/trees/<64 hex>/<path>` */
export async function treeFile(web: KeyedWeb, [hex = '', raw = '']: readonly string[]): Promise<void> {
  const { settings, session } = web
  const digest = `sha256:${hex}`
  const path = decoded(raw)
  const asked: AskedFile = { what: 'tree', name: path ?? raw, digest }
  if (session.pass?.tree !== digest) return refuse(web, asked.name, 'tree of another release')
  const file = path === undefined ? undefined : await settings.source.openTreeFile?.(digest, path)
  if (file === undefined) return noSuchFile(web, asked, 'No published release has this file.\n')
  await serve(web, asked, tame(`${hex.slice(0, 12)}/${path}`), file)
}

/** Installers put slashes together as they like: `//` is one. */
function decoded(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw)
      .replace(/\/{2,}/g, '/')
      .replace(/^\//, '')
  } catch {
    return undefined
  }
}

/** `/b/<key>/documents/<role>/<file>`: made for this boot, given out as often as its template says. */
export async function document(web: KeyedWeb, [role = '', raw = '']: readonly string[]): Promise<void> {
  const { settings, session, key, request, response } = web
  const pass = session.pass
  const limit = pass !== undefined && Object.hasOwn(pass.documents, role) ? pass.documents[role] : undefined
  const file = decoded(raw)
  if (pass === undefined || limit === undefined || file === undefined)
    return refuse(web, role, 'document of another boot')
  const name = `${role}/${file}`
  if ((pass.fetched[name] ?? 0) >= limit) return refuse(web, name, 'document was fetched before')
  const giveBack = () => {
    pass.fetched[name] = Math.max(0, (pass.fetched[name] ?? 1) - 1)
    settings.sessions.changed(session)
  }
  const isTaken = request.method === 'GET'
  // Counted before anything is awaited, so that of two at once one gets it; given back when it did not arrive.
  if (isTaken) pass.fetched[name] = (pass.fetched[name] ?? 0) + 1
  response.once('close', () => {
    if (isTaken && (!response.writableFinished || response.statusCode !== 200)) giveBack()
  })
  settings.sessions.changed(session)
  const { machine, user } = session
  const boot = { machine, user, release: pass.release, leave: pass.leave }
  const text = await settings.source.openDocument?.(boot, role, file, bootUrl(baseUrlOf(web), key))
  if (text === undefined) return sendText(web, 404, 'There is no such document for this boot.\n')
  settings.log('info', 'a machine fetches a document', { mac: machine.mac, role, file: tame(file) })
  send(web, 200, 'text/plain; charset=utf-8', text)
}

/** `/b/<key>/report?state=…`: the deploy environment says how far it is. */
export async function diskReport(web: KeyedWeb): Promise<void> {
  const { settings, session } = web
  const { release } = session.pass ?? {}
  const report = diskReportFrom(web.search)
  if (release === undefined || report === undefined)
    return sendText(web, 400, 'This is no report of a machine.\n')
  const whole = { mac: session.machine.mac, release, ...report }
  settings.log('info', 'a machine reports on its disk', whole)
  web.journal.note({ kind: 'disk-report', ...whole, boot: session.id })
  await settings.source.reported?.(whole)
  sendText(web, 200, 'ok\n')
}

/** `/b/<key>/phone-home?state=…&text=…`, by GET or as a form by POST: an installer says how it went. */
export async function phoneHome(web: KeyedWeb): Promise<void> {
  const { settings, session } = web
  const { release, installs = false } = session.pass ?? {}
  const call = await phoneCallFrom(web.request, web.search)
  if (release === undefined || call === undefined)
    return sendText(web, 400, 'This is no call of a machine.\n')
  const { mac } = session.machine
  settings.log(call.state === 'failed' ? 'warn' : 'info', 'a machine phones home', { mac, release, ...call })
  const state = call.state === 'log' ? 'line' : call.state
  web.journal.note({ kind: 'phone-home', mac, boot: session.id, state, text: call.text })
  await settings.source.phonedHome?.({ mac, release, installs, ...call })
  sendText(web, 200, 'ok\n')
}

/** `/loaders/<name>`: open to everybody, as over TFTP. */
export async function loader(web: Web, [name = '']: readonly string[]): Promise<void> {
  const file = web.settings.shelf.serve(name)
  const asked: AskedFile = { what: 'loader', name }
  if (file === undefined) return noSuchFile(web, asked, 'There is no boot loader of this name here.\n')
  // The bytes behind a name change when a loader is imported again.
  await serve(web, asked, name, file, { cacheControl: 'no-cache' })
}

/** A key that does not open this: 403 and a line for the audit. */
function refuse(web: KeyedWeb, name: string, why: string): void {
  const { settings, session, counters } = web
  web.journal.note({
    kind: 'refused-file',
    mac: session.machine.mac,
    boot: session.id,
    name: tame(name),
    why,
  })
  counters.add('http.refused')
  settings.log('warn', 'a machine asked for what its key does not open', { mac: session.machine.mac, why })
  settings.source.refused?.({ mac: session.machine.mac, why })
  sendText(web, 403, 'This key does not open that.\n')
}

function logSent(web: Web, what: string, sent: Served): void {
  const { settings, counters, request } = web
  if (!sent.completed) counters.add('http.cut-off')
  if (request.method === 'HEAD') return
  const { status, bytes, ms, end, error } = sent
  const reason = error === undefined ? {} : { reason: reasonOf(error) }
  const fields = { what, client: clientOf(web), status, bytes, ms: Math.round(ms), end, ...reason }
  settings.log(
    sent.completed ? 'debug' : 'warn',
    sent.completed ? 'a file was sent' : 'a file was cut off',
    fields,
  )
}

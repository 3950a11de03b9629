import { IpxeScript } from '@bootcast/netboot'
import { SignInRefused } from '../boot-source.ts'
import { codeScript, goOnScript } from '../methods/code.ts'
import { askAgain } from '../methods/first.ts'
import { localDiskScript } from '../methods/local-disk.ts'
import { noticeScript, signInRefusedScript, signInScript } from '../methods/sign-in.ts'
import { codesAwayText, unlessAway } from '../sessions/code-source.ts'
import { noteCode, noteSignIn } from '../sessions/sign-in-notes.ts'
import { credentialsOf } from './credentials.ts'
import { tell } from './entry.ts'
import { formBody } from './form-body.ts'
import {
  activateUrlOf,
  answeringOf,
  clientOf,
  type KeyedWeb,
  scriptOptions,
  send,
  sendScript,
  sendText,
} from './web.ts'

/** The second of three web services: who stands in front of a machine, and what they pick. */
export const sessionCalls: Readonly<Record<string, (web: KeyedWeb) => Promise<void>>> = {
  menu: async (web) => tell(web, {}, Number(queryValue(web, 'page') ?? 1)),
  choose: async (web) => tell(web, { choice: queryValue(web, 'image') ?? '' }),
  'sign-in': async (web) => sendScript(web, signInScript(optionsOf(web))),
  check: checkSignIn,
  'sign-out': signOut,
  code: async (web) => showCode(web),
  'code.png': codePicture,
  wait: waitForCode,
  disk: async (web) =>
    sendScript(web, localDiskScript({ method: 'local-disk', reason: 'picked at the screen' })),
}

const optionsOf = (web: KeyedWeb) => scriptOptions(web, web.session.machine, web.key)
const longestValue = 256

function queryValue({ search }: KeyedWeb, name: string): string | undefined {
  return new URLSearchParams(search.slice(0, 1024)).get(name)?.slice(0, longestValue)
}

/** Judges a user name and a password, and shows the menu of that user. */
async function checkSignIn(web: KeyedWeb): Promise<void> {
  const { settings, session, counters, request } = web
  const options = optionsOf(web)
  const given = credentialsOf(
    request.headers.authorization,
    request.method === 'POST' ? await formBody(request) : undefined,
  )
  if (given === undefined) {
    web.response.setHeader('www-authenticate', 'Basic realm="Bootcast"')
    return sendText(web, 401, 'Sign in.\n')
  }
  if (settings.people === undefined) return sendScript(web, noticeScript('nobody can sign in here', options))
  const { mac } = session.machine
  try {
    const user = await settings.people.signIn(given.user, given.password, clientOf(web))
    settings.sessions.signedIn(session, user)
    noteSignIn(answeringOf(web), session, user, 'password')
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error
    counters.add(`sign-in.${error.why}`)
    web.journal.note({ kind: 'sign-in-failed', mac, boot: session.id, how: 'password', why: error.why })
    settings.log('warn', 'a sign-in at a machine was refused', { mac, why: error.why })
    return sendScript(web, signInRefusedScript(error, options))
  }
  await tell(web, {})
}

async function signOut(web: KeyedWeb): Promise<void> {
  web.settings.sessions.signedIn(web.session, undefined)
  await tell(web, {})
}

async function showCode(web: KeyedWeb): Promise<void> {
  const { settings, session } = web
  const shown = await unlessAway(() => settings.codes.codeFor(session))
  if (shown === undefined) return codesAway(web)
  noteCode(answeringOf(web), session)
  sendScript(web, codeScript(shown.code, activateUrlOf(web), optionsOf(web)))
}

/** The menu that follows offers the password, too. */
function codesAway(web: KeyedWeb): void {
  const { counters, settings, session } = web
  counters.add('codes.away')
  settings.log('warn', 'a machine could get no sign-in code: the upstream does not answer', {
    mac: session.machine.mac,
  })
  sendScript(web, noticeScript(codesAwayText, optionsOf(web)))
}

async function codePicture(web: KeyedWeb): Promise<void> {
  const { settings, session } = web
  const shown = await unlessAway(() => settings.codes.codeFor(session))
  const picture = shown && settings.qrPicture?.(`${activateUrlOf(web)}?code=${shown.code}`)
  if (picture === undefined) return sendText(web, 404, 'There are no pictures here.\n')
  send(web, 200, 'image/png', picture)
}

/** iPXE waits as long as the connection stands; routers on the way may not. */
const waitMs = 20_000

/** Answers when the code was approved or denied, else after a while: then perhaps something else is to be booted. */
async function waitForCode(web: KeyedWeb): Promise<void> {
  const { settings, session, response } = web
  const options = optionsOf(web)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const signals = [
    gone.signal,
    AbortSignal.timeout(waitMs),
    ...(settings.stopping ? [settings.stopping] : []),
  ]
  const answer = await unlessAway(() => settings.codes.wait(session, AbortSignal.any(signals)))
  if (answer === undefined) return codesAway(web)
  // Also for who has hung up meanwhile: it asks again, and the code is used up.
  if (answer.state === 'approved') settings.sessions.signedIn(session, answer.user)
  if (gone.signal.aborted) return
  switch (answer.state) {
    case 'approved': {
      noteSignIn(answeringOf(web), session, answer.user, 'code')
      const { choice } = answer
      const next = choice === undefined ? 'menu' : `choose?image=${encodeURIComponent(choice)}`
      return sendScript(web, goOnScript(next, options))
    }
    case 'denied':
      return sendScript(web, noticeScript('the sign-in was refused', options))
    case 'waiting':
    case 'expired':
      return lookAgain(web)
  }
}

/** Something was assigned or opened meanwhile: that is booted. Else the code again, which may be a new one. */
async function lookAgain(web: KeyedWeb): Promise<void> {
  const { settings, session } = web
  if (session.user !== undefined) return tell(web, {})
  const { plan } = await settings.source.decide({ machine: session.machine, from: clientOf(web) })
  if (plan.method === 'menu') return showCode(web)
  sendScript(web, askAgain(new IpxeScript(), optionsOf(web).base, 1))
}

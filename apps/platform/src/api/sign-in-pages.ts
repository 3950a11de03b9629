import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PasswordGate } from '../identity/password-gate.ts'
import type { Admission } from './admission.ts'
import type { BrowserSessions } from './browser-sessions.ts'
import { html, sendPage } from './html.ts'
import { returnPath } from './own-path.ts'
import { problemResponse } from './problem-response.ts'

export type SignInPagesOptions = {
  readonly gate: PasswordGate
  readonly browsers: BrowserSessions
  readonly admission: Admission
  /** The host of the OpenID provider, when one is configured. */
  readonly provider: string | undefined
}

const bodyLimit = 16 * 1024

/** `/sign-in` and `/sign-out` for people with a browser; everything works without scripts. */
export function addSignInPages(app: FastifyInstance, options: SignInPagesOptions): void {
  const { gate, browsers, admission } = options
  takeForms(app)
  app.addHook('onRequest', async (request) => {
    await admission.admit(request, 'anybody', 'signIn')
  })
  app.setErrorHandler((error, request, reply) => failed(error, request, reply, options))
  app.get('/sign-in', async (request, reply) => {
    const session = await browsers.find(request)
    return signInPage(reply, options, { returnTo: fieldOf(request.query, 'return'), user: session?.user })
  })
  app.post('/sign-in', async (request, reply) => {
    browsers.demandOwnPage(request)
    const [user, password] = [fieldOf(request.body, 'user') ?? '', fieldOf(request.body, 'password') ?? '']
    await browsers.begin(request, reply, await gate.check(user, password, request.ip))
    return reply.redirect(returnPath(fieldOf(request.body, 'return')), 303)
  })
  app.post('/sign-out', async (request, reply) => {
    browsers.demandOwnPage(request)
    await browsers.end(request, reply)
    return reply.redirect('/sign-in', 303)
  })
}

/** Bodies as forms send them come as `URLSearchParams`; no others are taken. */
export function takeForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    (_, text, parsed) => parsed(null, new URLSearchParams(String(text))),
  )
}

/** One field of a form or a query; of several the first. */
export function fieldOf(fields: unknown, name: string): string | undefined {
  if (fields instanceof URLSearchParams) return fields.get(name) ?? undefined
  const value = (fields as Readonly<Record<string, unknown>> | undefined)?.[name]
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}

type Shown = {
  readonly returnTo: string | undefined
  /** Who is signed in already. */
  readonly user?: string | undefined
  readonly error?: string
  /** Who tried. */
  readonly name?: string | undefined
  readonly status?: number
}

function signInPage(reply: FastifyReply, { provider }: SignInPagesOptions, shown: Shown): FastifyReply {
  const { error, user, name = '', status = 200 } = shown
  const returnTo = returnPath(shown.returnTo)
  const oidc = `/sign-in/oidc?return=${encodeURIComponent(returnTo)}`
  const body = html`${error === undefined ? undefined : html`<p role="alert">${error}</p>`}
${user === undefined ? undefined : signedInAs(user)}
<form method="post" action="/sign-in">
<input type="hidden" name="return" value="${returnTo}">
<label>User <input name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="256" value="${name}"></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="1024"></label>
<button>Sign in</button>
</form>
${provider === undefined ? undefined : html`<p class="or">or</p><a class="button" href="${oidc}">Sign in with ${provider}</a>`}`
  return sendPage(reply, { title: 'Sign in', body, status })
}

const signedInAs = (user: string) =>
  html`<form method="post" action="/sign-out"><p>You are signed in as ${user}.</p><button>Sign out</button></form><p class="or">or as somebody else</p>`

/** The page again, with what was wrong. */
function failed(error: unknown, request: FastifyRequest, reply: FastifyReply, options: SignInPagesOptions) {
  const { problem, headers } = problemResponse(error, request.id)
  const { status, detail, title } = problem
  if (status >= 500) request.log.error({ err: error, incident: request.id }, title)
  const returnTo = fieldOf(request.body ?? request.query, 'return')
  const name = fieldOf(request.body, 'user')
  return signInPage(reply.headers(headers), options, { returnTo, name, error: `${detail}.`, status })
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PasswordGate } from '../identity/password-gate.ts'
import type { Admission } from './admission.ts'
import type { BrowserSessions } from './browser-sessions.ts'
import { fieldOf, takeForms } from './forms.ts'
import { html, sendPage } from './html.ts'
import { addOpenIdPages, type OpenIdPagesOptions } from './open-id-pages.ts'
import { returnPath } from './own-path.ts'
import { problemResponse } from './problem-response.ts'

export type SignInPagesOptions = {
  readonly gate: PasswordGate
  readonly browsers: BrowserSessions
  readonly admission: Admission
  /** Another way in, when one is configured. */
  readonly openId: OpenIdPagesOptions | undefined
}

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
    const [returnTo, why] = [fieldOf(request.query, 'return'), fieldOf(request.query, 'why')]
    return signInPage(reply, options, { returnTo, user: session?.user, isOver: why === 'over' })
  })
  app.post('/sign-in', async (request, reply) => {
    browsers.demandOwnPage(request)
    const [user, password] = [fieldOf(request.body, 'user') ?? '', fieldOf(request.body, 'password') ?? '']
    await browsers.begin(request, reply, await gate.check(user, password, request.ip))
    return reply.redirect(returnPath(fieldOf(request.body, 'return')), 303)
  })
  if (options.openId !== undefined) addOpenIdPages(app, options.openId)
  app.post('/sign-out', async (request, reply) => {
    browsers.demandOwnPage(request)
    await browsers.end(request, reply)
    return reply.redirect('/sign-in', 303)
  })
}

type Shown = {
  readonly returnTo: string | undefined
  /** Who is signed in already. */
  readonly user?: string | undefined
  /** They were signed in until now. */
  readonly isOver?: boolean
  readonly error?: string
  /** Who tried. */
  readonly name?: string | undefined
  readonly status?: number
}

function signInPage(reply: FastifyReply, { openId }: SignInPagesOptions, shown: Shown): FastifyReply {
  const { error, user, isOver, name = '', status = 200 } = shown
  const returnTo = returnPath(shown.returnTo)
  const provider = openId?.provider.host
  const oidc = `/sign-in/oidc?return=${encodeURIComponent(returnTo)}`
  const body = html`${error === undefined ? undefined : html`<p role="alert">${error}</p>`}
${user === undefined && isOver === true ? over : undefined}
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

const over = html`<p role="status">Your sign-in is over. Sign in again, and you are where you were.</p>`

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

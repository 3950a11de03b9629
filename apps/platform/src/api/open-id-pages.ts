import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../audit/audit.ts'
import type { ExternalUsers } from '../identity/external-users.ts'
import { type Checks, type OpenIdProvider, SignInRefused } from '../identity/open-id-provider.ts'
import { UserExists } from '../identity/user.ts'
import { type BrowserSessions, cookieIn } from './browser-sessions.ts'
import { fieldOf } from './forms.ts'
import { ownPath, returnPath } from './own-path.ts'
import { Sealed } from './sealed.ts'

export type OpenIdPagesOptions = {
  readonly provider: OpenIdProvider
  readonly externals: ExternalUsers
  readonly browsers: BrowserSessions
  readonly audit: Audit
  readonly now?: () => number
}

const cookie = 'bootcast-oidc'
const path = '/sign-in/oidc'
/** So long somebody may take at the provider. */
const seconds = 600

type Begun = Checks & { readonly returnTo: string; readonly until: number }

/** To the provider and back; what was begun is with the browser that began it, sealed. */
export function addOpenIdPages(app: FastifyInstance, options: OpenIdPagesOptions): void {
  const { provider, browsers, now = Date.now } = options
  const sealed = new Sealed<Begun>()
  const keep = (reply: FastifyReply, value: string, life: number) =>
    reply.header('set-cookie', browsers.cookie({ name: cookie, value, path, seconds: life }))
  app.get(path, async (request, reply) => {
    const { url, checks } = await provider.begin()
    const returnTo = ownPath(fieldOf(request.query, 'return')) ?? ''
    keep(reply, sealed.seal({ ...checks, returnTo, until: now() + seconds * 1000 }), seconds)
    return reply.redirect(url.href, 302)
  })
  app.get(`${path}/callback`, async (request, reply) => {
    keep(reply, '', 0)
    const begun = sealed.open(cookieIn(request, cookie) ?? '')
    if (begun === undefined || begun.until <= now())
      throw new SignInRefused('This sign-in was not begun with this browser, or took too long. Begin again')
    await comeIn(request, reply, begun, options)
    return reply.redirect(returnPath(begun.returnTo), 302)
  })
}

async function comeIn(
  request: FastifyRequest,
  reply: FastifyReply,
  begun: Begun,
  { provider, externals, browsers, audit }: OpenIdPagesOptions,
): Promise<void> {
  const arrival = await provider.finish(request.url.split('?', 2)[1] ?? '', begun)
  const user = await externals.arrive(arrival).catch((error: unknown) => {
    if (!(error instanceof UserExists)) throw error
    throw new SignInRefused(`The name ${arrival.name} belongs to another user here; ask an administrator`)
  })
  const note = { who: user.name, action: 'signIn', about: '', from: request.ip }
  if (user.disabled) {
    audit.note({ ...note, because: 'disabled', refused: true })
    throw new SignInRefused(`The user ${user.name} is disabled here`)
  }
  await browsers.begin(request, reply, user)
  audit.note({ ...note, because: `oidc ${provider.host}` })
}

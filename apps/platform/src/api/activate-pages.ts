import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../identity/sessions.ts'
import type { BrowserSessions } from './browser-sessions.ts'
import type { CodeDesk } from './code-desk.ts'
import type { CommandDesk } from './command-desk.ts'
import { commandPage } from './command-page.ts'
import { fieldOf, takeForms } from './forms.ts'
import { html, sendPage } from './html.ts'
import { machinePage } from './machine-page.ts'
import { problemResponse } from './problem-response.ts'

export type ActivatePagesOptions = {
  readonly desk: CodeDesk
  readonly commands: CommandDesk
  readonly browsers: BrowserSessions
}

/**
 * `/activate`: the page that machines and commands name beside their code (RFC 8628 §3.3). Who it is, what they approve
 * and for which machine or command stand on one page; nothing is approved by opening a link (RFC 8628 §5.4).
 */
export function addActivatePages(app: FastifyInstance, options: ActivatePagesOptions): void {
  const { desk, commands, browsers } = options
  takeForms(app)
  app.setErrorHandler((error, request, reply) => {
    const { problem, headers } = problemResponse(error, request.id)
    if (problem.status >= 500) request.log.error({ err: error, incident: request.id }, problem.title)
    return codePage(reply.headers(headers), { alert: `${problem.detail}.`, status: problem.status })
  })
  app.get('/activate', async (request, reply) => {
    const session = await browsers.find(request)
    const code = fieldOf(request.query, 'code')
    if (session === undefined) return toSignIn(reply, code)
    if (code === undefined || code.trim() === '') return codePage(reply, {})
    if (commands.knows(code)) {
      const body = commandPage(session, commands.show(code, { session, from: request.ip }))
      return sendPage(reply, { title: 'Sign in the bootcast command', body })
    }
    const body = machinePage(session, await desk.show(code, approverOf(request, session)))
    return sendPage(reply, { title: 'Sign in at a machine', body })
  })
  app.post('/activate', async (request, reply) => {
    const session = await browsers.find(request)
    const code = fieldOf(request.body, 'code') ?? ''
    if (session === undefined) return toSignIn(reply, code)
    const approver = approverOf(request, session)
    if (!isApproved(request)) {
      desk.deny(code, approver)
      return donePage(reply, 'Refused', 'The machine was sent back to its menu.')
    }
    const image = fieldOf(request.body, 'image')
    desk.approve(code, approver, image === undefined || image === '' ? undefined : image)
    return donePage(reply, 'Approved', 'The machine goes on by itself. You can close this page.')
  })
  addCommandDecision(app, options)
}

/** A path of its own: who saw a machine on the page decides about no command, and the other way round. */
function addCommandDecision(app: FastifyInstance, { commands, browsers }: ActivatePagesOptions): void {
  app.post('/activate/command', async (request, reply) => {
    const session = await browsers.find(request)
    const code = fieldOf(request.body, 'code') ?? ''
    if (session === undefined) return toSignIn(reply, code)
    const approver = { session, from: request.ip }
    if (!isApproved(request)) {
      commands.deny(code, approver)
      return donePage(reply, 'Denied', 'The command was not signed in.')
    }
    await commands.approve(code, approver)
    return donePage(reply, 'Approved', 'The command signs in within seconds. You can close this page.')
  })
}

const isApproved = ({ body }: FastifyRequest): boolean => fieldOf(body, 'decision') === 'approve'

const approverOf = ({ ip: from }: FastifyRequest, { user }: Session) => ({ user, from })

function toSignIn(reply: FastifyReply, code: string | undefined): FastifyReply {
  const back = code === undefined ? '/activate' : `/activate?code=${encodeURIComponent(code.slice(0, 32))}`
  return reply.redirect(`/sign-in?return=${encodeURIComponent(back)}`, 303)
}

function codePage(
  reply: FastifyReply,
  { alert, status = 200 }: { readonly alert?: string; readonly status?: number },
): FastifyReply {
  const body = html`${alert === undefined ? undefined : html`<p role="alert">${alert}</p>`}
<form method="get" action="/activate">
<label>The code that the machine or the command shows <input name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required maxlength="20" placeholder="KQTF-RXMP"></label>
<button>Go on</button>
</form>`
  return sendPage(reply, { title: 'Enter a code', body, status })
}

function donePage(reply: FastifyReply, title: string, text: string): FastifyReply {
  return sendPage(reply, { title, body: html`<p>${text}</p><p><a href="/activate">Another code</a></p>` })
}

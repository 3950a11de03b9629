import { may } from '@bootcast/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../identity/sessions.ts'
import type { BrowserSessions } from './browser-sessions.ts'
import type { CodeDesk, DecidedMachine } from './code-desk.ts'
import type { CommandDesk } from './command-desk.ts'
import { commandPage } from './command-page.ts'
import { fieldOf, takeForms } from './forms.ts'
import { html, sendPage } from './html.ts'
import { machinePage, machineWords } from './machine-page.ts'
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
    const { user } = session
    if (code === undefined || code.trim() === '') return codePage(reply, { user })
    if (commands.knows(code)) {
      const body = commandPage(session, commands.show(code, { session, from: request.ip }))
      return sendPage(reply, { title: 'Sign in the bootcast command', body, user })
    }
    const body = machinePage(session, await desk.show(code, approverOf(request, session)))
    return sendPage(reply, { title: 'Sign in at a machine', body, user })
  })
  app.post('/activate', async (request, reply) => {
    const session = await browsers.find(request)
    const code = fieldOf(request.body, 'code') ?? ''
    if (session === undefined) return toSignIn(reply, code)
    const approver = approverOf(request, session)
    if (!isApproved(request)) {
      const machine = desk.deny(code, approver)
      return donePage(reply, session, {
        title: 'Refused',
        text: 'The machine was sent back to its menu.',
        machine,
      })
    }
    const image = fieldOf(request.body, 'image')
    const machine = desk.approve(code, approver, image === undefined || image === '' ? undefined : image)
    const text = `The machine goes on by itself, as ${session.user}. You can close this page.`
    return donePage(reply, session, { title: 'Approved', text, machine })
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
      return donePage(reply, session, { title: 'Denied', text: 'The command was not signed in.' })
    }
    await commands.approve(code, approver)
    const text = 'The command signs in within seconds. You can close this page.'
    return donePage(reply, session, { title: 'Approved', text })
  })
}

const isApproved = ({ body }: FastifyRequest): boolean => fieldOf(body, 'decision') === 'approve'

const approverOf = ({ ip: from }: FastifyRequest, { user }: Session) => ({ user, from })

function toSignIn(reply: FastifyReply, code: string | undefined): FastifyReply {
  const back = code === undefined ? '/activate' : `/activate?code=${encodeURIComponent(code.slice(0, 32))}`
  return reply.redirect(`/sign-in?return=${encodeURIComponent(back)}`, 303)
}

type CodePage = {
  readonly alert?: string
  readonly status?: number
  readonly user?: string
}

function codePage(reply: FastifyReply, { alert, status = 200, user }: CodePage): FastifyReply {
  const body = html`${alert === undefined ? undefined : html`<p role="alert">${alert}</p>`}
<form method="get" action="/activate">
<label>The code that the machine or the command shows <input name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required maxlength="20" placeholder="KQTF-RXMP"></label>
<button>Go on</button>
</form>
<p class="note after">Nothing is approved yet: the next page says which machine or command it is.</p>`
  return sendPage(reply, { title: 'Enter a code', body, status, user })
}

type Done = { readonly title: string; readonly text: string; readonly machine?: DecidedMachine }

/** What was decided, about which machine, and where to go from here. */
function donePage(
  reply: FastifyReply,
  { user, role }: Session,
  { title, text, machine }: Done,
): FastifyReply {
  const words = machine && machineWords(machine)
  const which =
    machine &&
    html`<dl>${words === '' ? undefined : html`<dt>Machine</dt><dd><bdi>${words}</bdi></dd>`}<dt>MAC</dt><dd>${machine.mac}</dd></dl>`
  const seesBoots = may(role, 'boots.read')
  const place = !seesBoots ? '/account' : machine ? `/?machine=${encodeURIComponent(machine.mac)}` : '/'
  const link = !seesBoots ? 'Your account' : machine ? 'See its boots in the console' : 'To the console'
  const body = html`<p>${text}</p>
${which}
<p><a href="${place}">${link}</a></p>
<p><a href="/activate">Another code</a></p>`
  return sendPage(reply, { title, body, user })
}

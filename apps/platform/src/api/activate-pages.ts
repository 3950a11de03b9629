import type { ShownCode } from '@bootcast/contract'
import { may } from '@bootcast/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../identity/sessions.ts'
import type { BrowserSessions } from './browser-sessions.ts'
import type { CodeDesk } from './code-desk.ts'
import { fieldOf, takeForms } from './forms.ts'
import { html, sendPage } from './html.ts'
import { problemResponse } from './problem-response.ts'

export type ActivatePagesOptions = { readonly desk: CodeDesk; readonly browsers: BrowserSessions }

/**
 * `/activate`: the page that machines name beside their code (RFC 8628 §3.3). Who it is, what they approve and for which
 * machine stand on one page; nothing is approved by opening a link (RFC 8628 §5.4).
 */
export function addActivatePages(app: FastifyInstance, { desk, browsers }: ActivatePagesOptions): void {
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
    return machinePage(reply, session, await desk.show(code, approverOf(request, session)))
  })
  app.post('/activate', async (request, reply) => {
    const session = await browsers.find(request)
    const code = fieldOf(request.body, 'code') ?? ''
    if (session === undefined) return toSignIn(reply, code)
    const approver = approverOf(request, session)
    if (fieldOf(request.body, 'decision') !== 'approve') {
      desk.deny(code, approver)
      return donePage(reply, 'Refused', 'The machine was sent back to its menu.')
    }
    const image = fieldOf(request.body, 'image')
    desk.approve(code, approver, image === undefined || image === '' ? undefined : image)
    return donePage(reply, 'Approved', 'The machine goes on by itself. You can close this page.')
  })
}

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
<label>The code on the screen of the machine <input name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required maxlength="20" placeholder="KQTF-RXMP"></label>
<button>Go on</button>
</form>`
  return sendPage(reply, { title: 'Sign in at a machine', body, status })
}

function machinePage(reply: FastifyReply, { user, role }: Session, shown: ShownCode): FastifyReply {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Code', shown.code],
    ['Machine', [shown.manufacturer, shown.product].filter(Boolean).join(' ')],
    ['Serial', shown.serial],
    ['MAC', shown.mac],
    ['Asks from', shown.address],
  ]
  const rows = facts.flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [html`<dt>${name}</dt><dd>${text}</dd>`],
  )
  const choices = shown.images.map(({ image, text, unfit }) =>
    unfit === undefined
      ? html`<label class="choice"><input type="radio" name="image" value="${image}"> ${text}</label>`
      : html`<p class="unfit">${text}: ${unfit}</p>`,
  )
  const body = html`<p>This machine asks to go on <strong>as ${user}</strong>. Approve only what stands in front of you: compare the code with its screen.</p>
<dl>${rows}</dl>
<form method="post" action="/activate">
<input type="hidden" name="code" value="${shown.code}">
<fieldset><legend>What it shall boot</legend>
<label class="choice"><input type="radio" name="image" value="" checked> Show my images on its screen</label>
${choices}
${shown.images.length === 0 ? html`<p class="unfit">${nothingFor(role)}</p>` : undefined}
</fieldset>
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny" class="second">Refuse</button>
</form>`
  return sendPage(reply, { title: 'Sign in at a machine', body })
}

const nothingFor = (role: Session['role']): string =>
  may(role, 'images.boot')
    ? 'Nothing is published yet.'
    : 'No image is granted to you yet. An operator does that: bootcast image allow IMAGE --user NAME'

function donePage(reply: FastifyReply, title: string, text: string): FastifyReply {
  return sendPage(reply, { title, body: html`<p>${text}</p><p><a href="/activate">Another machine</a></p>` })
}

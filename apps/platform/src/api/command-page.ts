import type { WaitingCommand } from '../identity/command-codes.ts'
import type { Session } from '../identity/sessions.ts'
import { type Html, html } from './html.ts'

/** What somebody decides about a command. It says only what its host name is; the address is what the connection says. */
export function commandPage({ user, role }: Session, { code, host, address }: WaitingCommand): Html {
  return html`<p>A program asks to act as you: this signs in the <code>bootcast</code> command at <strong>${host}</strong> (so it calls itself) from address <strong>${address}</strong> as <strong>${user}</strong>.</p>
<p>It will be able to do all that ${user} may do here (${role}).</p>
<p class="warning">Approve only if you started it yourself just now, and it prints this code. If somebody sent you the code or a link, deny.</p>
<dl><dt>Code</dt><dd class="code">${code}</dd>
<dt>Computer</dt><dd>${host}</dd>
<dt>Asks from</dt><dd>${address}</dd>
<dt>Signs in as</dt><dd>${user}</dd></dl>
<form method="post" action="/activate/command">
<input type="hidden" name="code" value="${code}">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny" class="second">Deny</button>
</form>`
}

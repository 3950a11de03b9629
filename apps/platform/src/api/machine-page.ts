import { may, type ShownCode } from '@bootcast/contract'
import type { Session } from '../identity/sessions.ts'
import { type Html, html } from './html.ts'

/** What somebody decides about a machine. */
export function machinePage({ user, role }: Session, shown: ShownCode): Html {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Code', shown.code],
    ['Machine', [shown.manufacturer, shown.product].filter(Boolean).join(' ')],
    ['Serial', shown.serial],
    ['MAC', shown.mac],
    ['Site', shown.site],
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
  return html`<p>This machine asks to go on <strong>as ${user}</strong>. Approve only what stands in front of you: compare the code with its screen.</p>
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
}

const nothingFor = (role: Session['role']): string =>
  may(role, 'images.boot')
    ? 'Nothing is published yet.'
    : 'No image is granted to you yet. An operator does that: bootcast image allow IMAGE --user NAME'

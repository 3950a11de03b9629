import { may, type ShownCode } from '@bootcast/contract'
import type { Session } from '../identity/sessions.ts'
import { type Html, html } from './html.ts'

/** What a machine says it is, in a line; nothing where it says nothing. */
export const machineWords = ({
  manufacturer,
  product,
}: Pick<ShownCode, 'manufacturer' | 'product'>): string => [manufacturer, product].filter(Boolean).join(' ')

/**
 * What somebody decides about a machine: first the code, by which they know that it is the one before them, then what it
 * says of itself, then what it shall boot. Each choice and the button say what comes of it.
 */
export function machinePage({ user, role }: Session, shown: ShownCode): Html {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Machine', machineWords(shown)],
    ['Serial', shown.serial],
    ['MAC', shown.mac],
    ['Site', shown.site ?? 'the network of this platform'],
    ['Asks from', shown.address],
  ]
  const rows = facts.flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [html`<dt>${name}</dt><dd><bdi>${text}</bdi></dd>`],
  )
  return html`<p>The machine that shows this code asks to go on as <strong><bdi>${user}</bdi></strong>:</p>
<p class="code">${shown.code}</p>
<p>Approve only a machine that is before you, or whose screen you can see, with <strong>this very code</strong> on it. If somebody sent you the code or a link, refuse.</p>
<dl>${rows}</dl>
<form method="post" action="/activate">
<input type="hidden" name="code" value="${shown.code}">
<fieldset><legend>What it shall boot</legend>
<label class="choice"><input type="radio" name="image" value="" checked> <span>Let me pick at its screen</span></label>
${choicesOf(shown)}
${shown.images.length === 0 ? html`<p class="unfit">${nothingFor(role)}</p>` : undefined}
</fieldset>
<button name="decision" value="approve">Approve this machine</button>
<button name="decision" value="deny" class="second">Refuse</button>
</form>
<p class="note after">What a machine is called and its serial number are what it says itself. Refusing sends it back to its menu.</p>`
}

const choicesOf = ({ images }: ShownCode): readonly Html[] =>
  images.map(({ image, text, unfit }) =>
    unfit === undefined
      ? html`<label class="choice"><input type="radio" name="image" value="${image}"> <span>Boot <bdi>${text}</bdi> at once</span></label>`
      : html`<p class="unfit"><bdi>${text}</bdi>: <bdi>${unfit}</bdi></p>`,
  )

const nothingFor = (role: Session['role']): string =>
  may(role, 'images.boot')
    ? 'Nothing is published yet.'
    : 'No image is granted to you yet. An operator does that: bootcast image allow IMAGE --user NAME'

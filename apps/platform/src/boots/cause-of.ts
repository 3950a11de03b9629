import type { BootEvent } from '@bootcast/boot'
import type { Cause } from './boot.ts'
import { type BootFacts, noFacts } from './boot-facts.ts'
import { atTheEnd } from './causes/at-the-end.ts'
import { inDhcp } from './causes/in-dhcp.ts'
import { inFiles } from './causes/in-files.ts'
import { inLoader } from './causes/in-loader.ts'
import { withEvent } from './with-event.ts'

const silent: Cause = {
  code: 'silent',
  text: 'the machine fell silent before it asked for anything',
  todo: 'Look at its screen; was it switched off?',
}

export const interrupted: Cause = {
  code: 'platform-stopped',
  text: 'the platform was stopped while this machine booted; how it went on is not known',
  todo: 'Nothing, if the machine runs.',
}

/** In the order in which they are tried: the end of a boot first, its beginning last. */
const causes = [...atTheEnd, ...inFiles, ...inLoader, ...inDhcp]
export const causeCodes: readonly string[] = [
  ...causes.map(({ code }) => code),
  silent.code,
  interrupted.code,
]

/** Why a boot that came so far came no further, in plain words: the first row that holds. */
export function causeIn(facts: BootFacts): Cause {
  for (const { code, when, text, todo } of causes) {
    const found = when(facts)
    if (found !== undefined && found !== false) return { code, text: text(found, facts), todo }
  }
  return silent
}

/** The same of events: what a boot that ends with them failed by. */
export function causeOf(events: readonly { readonly event: BootEvent; readonly at: number }[]): Cause {
  return causeIn(events.reduce((facts, { event, at }) => withEvent(facts, event, at), noFacts))
}

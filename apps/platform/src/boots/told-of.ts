import { tame } from '@bootcast/boot'

const longestText = 200
const isTame = /^[\x20-\x7e]{0,200}$/
/** Whose event it is stands in the boot; a transfer is known by its line. */
const left = new Set(['mac', 'boot', 'transfer'])

type Left = 'mac' | 'boot' | 'transfer'
type Rest<Event> = Event extends unknown ? Omit<Event, Left> : never

/**
 * An event as a line keeps it: without whom it is about, texts of machines, of other servers and of people bounded
 * and made one line each, URLs without their query.
 */
export function toldOf<Event extends object>(event: Event): Rest<Event> {
  const told: Record<string, unknown> = {}
  for (const name in event) {
    const value: unknown = event[name]
    if (value !== undefined && !left.has(name)) told[name] = typeof value === 'string' ? tamed(value) : value
  }
  return told as Rest<Event>
}

function tamed(text: string): string {
  const line = isTame.test(text) ? text : tame(text, longestText)
  return line.includes('://') ? line.replace(/(:\/\/[^\s?#]*)[?#]\S*/g, '$1') : line
}

import type { BootEvent } from '@bootcast/boot'
import type { SiteEvent } from '../src/boots/site-boots.ts'

/** Events of a site that goes on for ever: which is the nth (from 1 on), each in a line of its own. */
const eventsOfBoot = 60

export const siteStart = Date.parse('2026-11-26T08:00:00Z')

export function nthEvent(n: number): SiteEvent {
  const at = siteStart + n * 20
  const hex = (value: number) => (value & 255).toString(16).padStart(2, '0')
  const boot = Math.floor((n - 1) / eventsOfBoot)
  const mac = `52:54:00:${hex(boot >> 16)}:${hex(boot >> 8)}:${hex(boot)}`
  if ((n - 1) % eventsOfBoot === 0) return { at, event: { kind: 'asked', mac, product: numberText(n) } }
  return { at, event: { kind: 'lease', mac, leased: numberText(n) } satisfies BootEvent }
}

export const someEvents = (first: number, count: number): SiteEvent[] =>
  Array.from({ length: count }, (_, place) => nthEvent(first + place))

const numberText = (n: number) => `event ${n}`
/** The number of the event of a line. */
export const numberIn = (line: object): number => {
  const { leased, product } = line as { leased?: string; product?: string }
  return Number(/event (\d+)/.exec(leased ?? product ?? '')?.[1])
}

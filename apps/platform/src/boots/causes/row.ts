import type { BootFacts, Wanted } from '../boot-facts.ts'

/**
 * One way in which a boot fails. `when` gives what it is about, and nothing where it is not this one; so the words
 * need not look again.
 */
export type Row<Found = unknown> = {
  /** Stable; a section of docs/operate/troubleshooting.md. */
  readonly code: string
  readonly when: (facts: BootFacts) => Found | undefined | false
  readonly text: (found: Found, facts: BootFacts) => string
  readonly todo: string
}

/** Keeps what `when` finds and what `text` takes of one type. */
export const row = <Found>(one: Row<Found>): Row => one as Row

export const bytesText = (bytes: number): string =>
  bytes < 1024 ? `${bytes} bytes` : bytes < 2 ** 20 ? `${kilo(bytes)} KiB` : `${kilo(bytes / 1024)} MiB`
const kilo = (bytes: number) => (bytes / 1024).toFixed(1).replace(/\.0$/, '')

/** `3.1 MiB of 8 MiB` */
export const partText = ({ bytes, size }: { readonly bytes: number; readonly size: number }): string =>
  `${bytesText(bytes)} of ${bytesText(size)}`

/** It asked us what to boot. */
export const hasScript = ({ hasAsked }: BootFacts): boolean => hasAsked === true

export const wantedThat = (facts: BootFacts, state: Wanted['state']): Wanted | undefined =>
  facts.wanted?.find((file) => file.state === state)

import type { Boot, BootDetail, TimelineEvent } from '@bootcast/contract'
import { eventText, stateText } from './boot-text.ts'
import type { Output } from './output.ts'
import { durationText, sizeText, timeText } from './quantities.ts'

/** One boot for people: how it ended first, then what is known of it, then its timeline. */
export function bootText(output: Output, boot: BootDetail, now: number): string {
  return [verdict(output, boot), output.facts(facts(boot, now)), timeline(output, boot)]
    .filter((part) => part !== '')
    .join('\n\n')
}

function verdict(output: Output, boot: BootDetail): string {
  const { cause } = boot
  if (cause === undefined) return ''
  const what = output.sentence(`${stateText(boot)}: ${cause.text}`, '  ')
  return `${output.bold(what)}\n${output.sentence(`  To do: ${cause.todo} [${cause.code}]`, '  ')}`
}

function facts(boot: Boot, now: number): readonly (readonly [string, string])[] {
  const kind = [boot.firmware, boot.architecture, boot.product].filter((part) => part !== undefined)
  const all: readonly (readonly [string, string | undefined])[] = [
    ['boot', boot.id],
    ['machine', kind.length === 0 ? boot.mac : `${boot.mac} (${kind.join(', ')})`],
    ['site', boot.site],
    ['address', boot.address],
    ['state', stateText(boot)],
    ['release', boot.release],
    ['user', boot.user],
    ['began', timeText(boot.beganAt, now)],
    ['started', boot.startedAt && `after ${sinceText(boot.beganAt, boot.startedAt).trim()}`],
    ['sent', boot.bytes > 0 ? sizeText(boot.bytes) : undefined],
    ['left out', boot.dropped === undefined ? undefined : `${boot.dropped} events, for want of room`],
  ]
  return all.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
}

function timeline(output: Output, { beganAt, timeline: events }: BootDetail): string {
  const lines = events.map((event) => ({ since: sinceText(beganAt, event.at), ...eventText(event), event }))
  const width = Math.max(0, ...lines.map(({ since }) => since.length))
  const labels = Math.max(0, ...lines.map(({ label }) => label.length))
  return lines
    .map(({ since, label, text, isBad, event }) => {
      const head = `${since.padStart(width)}  ${label.padEnd(labels)}  `
      const line = head + output.sentence(text + againText(event, beganAt), ' '.repeat(head.length))
      return isBad === true ? output.bold(line) : line
    })
    .join('\n')
}

/** What a file repeats stands in its own words. */
function againText({ kind, times, until, at }: TimelineEvent, beganAt: string): string {
  if (times === undefined || kind === 'file') return ''
  const last = until === undefined || until === at ? '' : `, last at ${sinceText(beganAt, until).trim()}`
  return ` (${times} times${last})`
}

/** Since the beginning of the boot: `0.0 s`, `99.9 s`, `2:05`, `3:05:00`. */
function sinceText(beganAt: string, time: string): string {
  const ms = Math.max(0, Date.parse(time) - Date.parse(beganAt))
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : durationText(ms / 1000)
}

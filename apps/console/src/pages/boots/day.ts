import type { BootsSummary } from '@bootcast/contract'

/** Where today begins for who looks. */
export function beginOfDay(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate())
}

/** One hour of a chart: values that stand on each other, from below. */
export type HourBar = { readonly at: Date; readonly parts: readonly number[] }

export type HourOfDay = BootsSummary['hours'][number]

/** A day has 24 hours, 23 or 25; those to come are empty. */
export function barsOf(
  hours: readonly HourOfDay[],
  day: Date,
  parts: (hour: HourOfDay) => readonly number[],
): readonly HourBar[] {
  const end = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime()
  const known = new Map(hours.map((hour) => [Date.parse(hour.at), hour]))
  const bars: HourBar[] = []
  for (let at = day.getTime(); at < end; at += 3_600_000) {
    const hour = known.get(at)
    bars.push({ at: new Date(at), parts: hour === undefined ? [] : parts(hour) })
  }
  return bars
}

export const heightOf = ({ parts }: HourBar): number => parts.reduce((sum, part) => sum + part, 0)

/** The hour with most; absent: nothing in any. */
export function busiest(bars: readonly HourBar[]): HourBar | undefined {
  const most = Math.max(0, ...bars.map(heightOf))
  return most === 0 ? undefined : bars.find((bar) => heightOf(bar) === most)
}

/** `14:00–15:00`, as clocks are read where the browser is. */
export function hourText(at: Date, language?: string): string {
  const clock = (time: Date) => time.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })
  return `${clock(at)}–${clock(new Date(at.getTime() + 3_600_000))}`
}

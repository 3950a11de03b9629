const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]

/** `3 minutes ago`, `in 2 days`. Up to 20 seconds are `now`. `language` as in BCP 47; absent: the browser's. */
export function relativeTime(at: Date, now: Date, language?: string): string {
  const ms = at.getTime() - now.getTime()
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  if (Math.abs(ms) < 20_000) return format.format(0, 'second')
  const [unit, size] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1_000]
  return format.format(Math.round(ms / size), unit)
}

/** To the second, in the zone of who looks, which is named. */
export const exactTime = (at: Date, language?: string): string =>
  at.toLocaleString(language, { dateStyle: 'full', timeStyle: 'long' })

/** What fits a table: the time alone today, else with the date. */
export function shortTime(at: Date, now: Date, language?: string): string {
  const isToday = at.toDateString() === now.toDateString()
  return isToday
    ? at.toLocaleTimeString(language, { timeStyle: 'medium' })
    : at.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

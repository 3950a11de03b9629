import { countText, durationText } from '@bootcast/contract'

export { countText, durationText }

const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `0 B`, `812 B`, `8.2 MiB`, `128 MiB`. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < sizeUnits.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits)} ${sizeUnits[unit]}`
}

const byteUnits: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  ...{ kbit: 1e3 / 8, Mbit: 1e6 / 8, Gbit: 1e9 / 8 },
}

/** `200GB`, `1.5 TiB`, `100Mbit` in bytes, down to a whole one; `undefined` for anything else. */
export function bytesIn(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?([kKMGT]?i?B|[kMG]bit)$/.exec(text) ?? []
  const bytes = Number(count) * (byteUnits[unit] ?? Number.NaN)
  return Number.isFinite(bytes) ? Math.floor(bytes) : undefined
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const units: Readonly<Record<string, number>> = { s: 1000, m: minute, h: hour, d: day }

/** `90d`, `4h`, `30m`, `45s` in seconds; `undefined` for anything else. */
export function secondsIn(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9][0-9]{0,6})([smhd])$/.exec(text) ?? []
  return count === undefined ? undefined : (Number(count) * (units[unit] ?? 0)) / 1000
}

/** For lists: `just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the day. */
export function agoText(time: string | undefined, now: number): string {
  if (time === undefined) return '-'
  const age = now - Date.parse(time)
  if (age < minute) return age < -minute ? localTime(time) : 'just now'
  if (age < hour) return `${Math.floor(age / minute)} min ago`
  if (age < day) return `${Math.floor(age / hour)} h ago`
  if (age < 2 * day) return 'yesterday'
  return age < 15 * day ? `${Math.floor(age / day)} days ago` : localTime(time).slice(0, 10)
}

/** `2026-11-23 05:15:42` in the time zone of this computer. */
export function localTime(time: string): string {
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${date} ${[two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())].join(':')}`
}

/** The time, and how long ago where that says more. */
export function timeText(time: string, now: number): string {
  const [full, ago] = [localTime(time), agoText(time, now)]
  return full.startsWith(ago) ? full : `${full} (${ago})`
}

/** `7 days`, `36 hours`, `90 minutes`, `0 minutes`. */
export function spanText(seconds: number): string {
  const [unit, noun] =
    seconds >= 172_800 && seconds % 86_400 === 0
      ? ([86_400, 'day'] as const)
      : seconds > 0 && seconds % 3_600 === 0
        ? ([3_600, 'hour'] as const)
        : ([60, 'minute'] as const)
  return countText(Math.round(seconds / unit), noun)
}

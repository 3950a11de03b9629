import { countText } from '@bootcast/contract'

const byteUnits: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  ...{ kbit: 1e3 / 8, Mbit: 1e6 / 8, Gbit: 1e9 / 8 },
}

/** `200GB`, `1.5 TiB`, `100Mbit` as people write them, in bytes; `undefined` for anything else. */
export function bytesIn(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,16}(?:\.\d{1,3})?) ?([kKMGT]?i?B|[kMG]bit)$/.exec(text.trim()) ?? []
  const bytes = Math.round(Number(count) * (byteUnits[unit] ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The same, of a rate: `50MB/s`, `100 Mbit/s`. */
export function rateIn(text: string): number | undefined {
  const [, amount] = /^(.+?) ?\/ ?s$/.exec(text.trim()) ?? []
  return amount === undefined ? undefined : bytesIn(amount)
}

/** What `bytesIn` reads as just this number: `200 GB`, `1500 B`. */
export function exactBytes(bytes: number): string {
  const units = ['TB', 'GB', 'MB', 'kB'].map((name) => [name, byteUnits[name] ?? 1] as const)
  const [name, size] = units.find(([, each]) => bytes >= each && (bytes * 1000) % each === 0) ?? ['B', 1]
  return `${bytes / size} ${name}`
}

const spans = [
  ['d', 86_400, 'day'],
  ['h', 3_600, 'hour'],
  ['m', 60, 'minute'],
  ['s', 1, 'second'],
] as const

/** `90d`, `4 h`, `30m`, `45s` in seconds; `undefined` for anything else. */
export function secondsIn(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,8}) ?([smhd])$/.exec(text.trim()) ?? []
  const span = spans.find(([letter]) => letter === unit)
  return span === undefined ? undefined : Number(count) * span[1]
}

const wholeSpan = (seconds: number) =>
  spans.find(([, size]) => seconds >= size && seconds % size === 0) ?? spans[3]

/** What `secondsIn` reads as just this: `7d`, `36h`. */
export function exactSpan(seconds: number): string {
  const [letter, size] = wholeSpan(seconds)
  return `${seconds / size}${letter}`
}

/** `7 days`, `1 hour`. */
export function spanText(seconds: number): string {
  const [, size, noun] = wholeSpan(seconds)
  return countText(seconds / size, noun)
}

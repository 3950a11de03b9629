import { usageFailure } from './failure.ts'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const tenYears = 10 * 366 * 86_400

/** `90s`, `30m`, `4h`, `2d`, `1w`, also together: `1d12h`. In seconds. @throws {Failure} */
export function durationSeconds(text: string): number {
  const parts = [...text.matchAll(/(\d{1,7})([smhdw])/g)]
  const isWhole = parts.map(([part]) => part).join('') === text && parts.length > 0
  const seconds = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? 0),
    0,
  )
  if (isWhole && seconds > 0 && seconds <= tenYears) return seconds
  throw usageFailure(`“${text.slice(0, 40)}” is not a length of time.`, 'Write it like 30m, 4h, 2d or 1d12h.')
}

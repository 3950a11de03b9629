export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One structured line. Fields that came from the network are bounded and free of control characters. */
export type BootLog = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | undefined>>,
) => void

/** Text from the network as it may stand in a log or a database: one line, bounded. */
export function tame(text: string, maximum = 128): string {
  return text
    .slice(0, 4 * maximum)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, maximum)
}

/** What an error says, for the log. */
export const reasonOf = (error: unknown): string =>
  tame(error instanceof Error ? error.message : String(error), 300)

/** A path as it may stand in a log or a timeline: the key of a boot would open what belongs to it. */
export const withoutKey = (path: string): string =>
  path.replace(/(^|[\\/])b[\\/]+[A-Za-z0-9_-]{22}(?=[\\/?]|$)/g, '$1b/...')

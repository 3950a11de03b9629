import type { BootLog, LogLevel } from '@bootcast/boot'

export type LogOptions = {
  readonly level: LogLevel
  readonly format: 'text' | 'json'
  readonly write: (line: string) => void
}

/** What pino is to be told, so that the logs of all programs look alike: one line for each event, with level and time. */
export const logLines = (level: LogLevel) => ({
  level,
  base: null,
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (label: string) => ({ level: label }) },
})

/** Where pino writes its lines of JSON: they go on as they are, or as short text. */
export const logStream = ({ format, write }: Pick<LogOptions, 'format' | 'write'>) => ({
  write: format === 'json' ? write : (line: string) => write(textLine(line)),
})

/** The log as the boot services want it. */
export const bootLogOf =
  (log: Readonly<Record<LogLevel, (fields: object, message: string) => void>>): BootLog =>
  (level, message, fields = {}) =>
    log[level](fields, message)

type Line = {
  readonly time?: string
  readonly level?: string
  readonly msg?: string
  readonly err?: { stack?: string }
}

/** `{"time":…,"level":"info","msg":"api","status":200}` → `05:41:23 info  api status=200`. */
export function textLine(json: string): string {
  const { time = '', level = '', msg = '', err, ...fields } = JSON.parse(json) as Line
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`)
  const stack = err?.stack === undefined ? '' : `\n${err.stack}`
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${msg}${pairs.join('')}${stack}\n`
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(value)
}

import Fastify, { type FastifyBaseLogger } from 'fastify'

export type LogOptions = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'text' | 'json'
  readonly write: (line: string) => void
}

/** The log of the platform: one line for each event, JSON or short text. Made by pino, which Fastify brings. */
export function createLog({ level, format, write }: LogOptions): FastifyBaseLogger {
  const stream = { write: format === 'json' ? write : (line: string) => write(textLine(line)) }
  return Fastify({
    logger: {
      level,
      stream,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
  }).log
}

/** The log as the boot services want it. */
export const bootLogOf =
  (log: FastifyBaseLogger) =>
  (level: LogOptions['level'], message: string, fields: object = {}): void =>
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

import { type LogOptions, logLines, logStream } from '@bootcast/options'
import { type Logger, pino } from 'pino'

/** The log of the site: one line for each event, JSON or short text, as the platform's. */
export const createLog = ({ level, format, write }: LogOptions): Logger =>
  pino(logLines(level), logStream({ format, write }))

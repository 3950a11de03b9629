import { type LogOptions, logLines, logStream } from '@bootcast/options'
import Fastify, { type FastifyBaseLogger } from 'fastify'

/** The log of the platform. Made by pino, which Fastify brings. */
export const createLog = ({ level, ...out }: LogOptions): FastifyBaseLogger =>
  Fastify({ logger: { ...logLines(level), stream: logStream(out) } }).log

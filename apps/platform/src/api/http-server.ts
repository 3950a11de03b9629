import type { RequestListener, Server } from 'node:http'
import { type BootHandler, createHttpServer as createBootServer } from '@bootcast/boot'
import { problemOf } from './problem-response.ts'

/** The one HTTP listener: boot paths, then the API. */
export const createHttpServer = (boot: BootHandler, api: RequestListener, headMs?: number): Server =>
  createBootServer({
    boot,
    others: api,
    brokenText: (detail) => JSON.stringify(problemOf('invalid_request', detail)),
    headMs,
  })

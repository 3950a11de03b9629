import type { FastifyInstance } from 'fastify'

const bodyLimit = 16 * 1024

/** Bodies as forms send them come as `URLSearchParams`; no others are taken. */
export function takeForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    (_, text, parsed) => parsed(null, new URLSearchParams(String(text))),
  )
}

/** One field of a form or a query; of several the first. */
export function fieldOf(fields: unknown, name: string): string | undefined {
  if (fields instanceof URLSearchParams) return fields.get(name) ?? undefined
  const value = (fields as Readonly<Record<string, unknown>> | undefined)?.[name]
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}

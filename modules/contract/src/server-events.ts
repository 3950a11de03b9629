import { Unreachable } from './client.ts'

export type ServerEvent = {
  readonly id?: string
  /** Default: `message`. */
  readonly event: string
  readonly data: string
}

/** Longer than any message of a platform. */
const longestMessage = 2 ** 20

/**
 * The events of a `text/event-stream` (HTML, §9.2.6 "Interpreting an event stream"), until it ends. `onBytes` is
 * called for all that comes, comments too. What ends in the middle of an event is left out.
 */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      text += decoder.decode(value, { stream: true })
      if (text.length > longestMessage) throw new Unreachable('a message without an end came')
      // A line end of two characters may come in two parts.
      const blocks = text.replace(/\r\n/g, '\n').split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = eventIn(block)
        if (event !== undefined) yield event
      }
    }
  } finally {
    reader.releaseLock()
  }
}

function eventIn(block: string): ServerEvent | undefined {
  const fields = new Map<string, string[]>()
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    if (name !== '') fields.set(name, [...(fields.get(name) ?? []), value])
  }
  const data = fields.get('data')
  const id = fields.get('id')?.at(-1)
  if (data === undefined) return undefined
  return {
    event: fields.get('event')?.at(-1) ?? 'message',
    data: data.join('\n'),
    ...(id !== undefined && { id }),
  }
}

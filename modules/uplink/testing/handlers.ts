import type { UplinkHandlers } from '../src/uplink-handlers.ts'

const nothing = async () => ({})

/** Handlers that answer something plain; a test puts its own in place of those that it is about. */
export function plainHandlers(own: Partial<UplinkHandlers> = {}): UplinkHandlers {
  return {
    authority: async () => ({ authorities: ['none'] }),
    join: async () => {
      throw new Error('nobody joins here')
    },
    renew: async () => {
      throw new Error('nothing is renewed here')
    },
    decide: async () => ({
      decision: { plan: { method: 'wait', reason: 'nothing here', seconds: 5 }, because: 'a test' },
      places: {},
    }),
    started: nothing,
    reported: nothing,
    phonedHome: nothing,
    refused: nothing,
    heard: nothing,
    document: nothing,
    signIn: async ({ user }) => ({ user }),
    code: async () => ({ code: 'BCDF-GHJK', expiresAt: 1 }),
    codeWait: async (_request, _peer, { signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return { state: 'waiting' }
    },
    events: async ({ first, events }) => ({ upTo: first + events.length - 1 }),
    report: nothing,
    snapshot: async () => undefined,
    ...own,
  }
}

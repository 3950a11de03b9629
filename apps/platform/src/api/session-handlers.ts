import type { Sessions } from '../identity/sessions.ts'
import type { Handlers } from './handlers.ts'

export function sessionHandlers(sessions: Sessions): Pick<Handlers, 'signIn' | 'signOut' | 'me'> {
  return {
    async signIn({ body, from }) {
      const { token, user, expiresAt } = await sessions.signIn(body.user, body.password, from)
      return { token, user, expiresAt: expiresAt.toISOString() }
    },
    async signOut({ session }) {
      await sessions.signOut(session.tokenId)
      return undefined
    },
    async me({ session: { user, role } }) {
      return { user, role }
    },
  }
}

import type { Sessions } from '../identity/sessions.ts'
import type { Handlers } from './handlers.ts'

export function sessionHandlers(sessions: Sessions): Pick<Handlers, 'signIn' | 'signOut' | 'me'> {
  return {
    async signIn({ body, from }) {
      const { token, user, expiresAt } = await sessions.signIn(body.user, body.password, from)
      return { token, user, expiresAt: expiresAt.toISOString() }
    },
    async signOut({ authorization }) {
      await sessions.signOut(authorization)
      return undefined
    },
    async me({ user }) {
      return { user }
    },
  }
}

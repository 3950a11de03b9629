import type { Account, OwnSession, SignInProvider } from '@bootcast/contract'
import type { BootRights, GrantStore } from '../identity/grants.ts'
import type { GroupList, SignIn, SignInStore, UserStore } from '../identity/identity-store.ts'
import { Forbidden, NotSignedIn } from '../identity/sessions.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

export type AccountHandlersOptions = {
  readonly users: Pick<UserStore, 'findUser'>
  readonly signIns: SignInStore
  readonly rights: BootRights
}

/** More are not shown: somebody who signs in a thousand times a day has other trouble. */
const mostSignIns = 200

/** What everybody may see and end of their own. */
export function accountHandlers({
  users,
  signIns,
  rights,
}: AccountHandlersOptions): Pick<Handlers, 'showAccount' | 'listSessions' | 'endSession'> {
  return {
    async showAccount({ session }): Promise<Account> {
      const user = await users.findUser(session.user)
      if (user === undefined) throw new NotSignedIn('This user is no more')
      const allowed = await rights.allowedImages(user.name)
      return {
        ...{ name: user.name, role: user.role, groups: [...user.groups], source: user.source },
        createdAt: timeText(user.createdAt),
        boots: allowed === 'all' ? allowed : [...allowed].sort(),
      }
    },
    async listSessions({ session }) {
      const found = await signIns.listSignIns({ user: session.user, now: Date.now(), limit: mostSignIns })
      return { items: found.map((signIn) => shownSignIn(signIn, session.tokenId)) }
    },
    async endSession({ session, params }) {
      if (session.kind === 'api')
        throw new Forbidden('A token for a program ends no sign-ins of its user. Sign in yourself.')
      if (!(await signIns.endSignIn(session.user, params.id)))
        throw new Refused('session_not_found', 'You are not signed in there, or not any more')
      return undefined
    },
  }
}

export type PeopleHandlersOptions = {
  readonly groups: GroupList
  readonly grants: Pick<GrantStore, 'listGrants'>
  readonly providers: readonly SignInProvider[]
}

/** What those see who look after people. */
export function peopleHandlers({
  groups,
  grants,
  providers,
}: PeopleHandlersOptions): Pick<Handlers, 'listGroups' | 'listGrants' | 'listSignInProviders'> {
  return {
    async listGroups({ query }) {
      const { items, next } = await groups.listGroups(query)
      const shown = items.map(({ images, ...group }) => ({ ...group, images: [...images] }))
      return { items: shown, ...(next !== undefined && { next }) }
    },
    async listGrants({ query }) {
      const { items, next } = await grants.listGrants(query)
      const shown = items.map((one) => ({ ...one, users: [...one.users], groups: [...one.groups] }))
      return { items: shown, ...(next !== undefined && { next }) }
    },
    async listSignInProviders() {
      return { items: [...providers] }
    },
  }
}

const shownSignIn = (signIn: SignIn, ownId: string): OwnSession => ({
  id: signIn.id,
  kind: signIn.kind === 'browser' ? 'browser' : 'command',
  createdAt: timeText(signIn.createdAt),
  expiresAt: timeText(signIn.expiresAt),
  ...(signIn.lastUsedAt !== undefined && { lastUsedAt: timeText(signIn.lastUsedAt) }),
  current: signIn.id === ownId,
})

const timeText = (at: number): string => new Date(at).toISOString()

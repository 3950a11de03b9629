import type { ApiToken as ShownToken, User as ShownUser } from '@bootcast/contract'
import { may } from '@bootcast/contract'
import type { GrantStore } from '../identity/grants.ts'
import type { ApiToken, ApiTokenStore, TokenStore, UserList, UserStore } from '../identity/identity-store.ts'
import type { PasswordHasher } from '../identity/password.ts'
import type { PasswordGate } from '../identity/password-gate.ts'
import { NotSignedIn, type Sessions } from '../identity/sessions.ts'
import { type User, UserExists, UserNotFound } from '../identity/user.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type UserCalls = 'listUsers' | 'addUser' | 'showUser' | 'changeUser' | 'removeUser' | 'changePassword'
export type UserHandlersOptions = {
  readonly users: UserStore & UserList
  readonly passwords: PasswordHasher
  readonly gate: PasswordGate
  readonly sessions: Sessions
}

export function userHandlers(options: UserHandlersOptions): Pick<Handlers, UserCalls> {
  const { users, passwords, gate, sessions } = options
  const find = async (name: string) => {
    const user = await users.findUser(name)
    if (user === undefined) throw new UserNotFound(name)
    return user
  }
  return {
    async listUsers({ query }) {
      const { items, next } = await users.listUsers(query)
      return { items: items.map(shownUser), ...(next !== undefined && { next }) }
    },
    async addUser({ body: { password, ...user } }) {
      const passwordPhc = await passwords.hash(password)
      if (!(await users.addUser({ ...user, passwordPhc, createdAt: Date.now() })))
        throw new UserExists(user.name)
      return shownUser(await find(user.name))
    },
    async showUser({ params }) {
      return shownUser(await find(params.name))
    },
    async changeUser({ params, body: { password, ...change } }) {
      const passwordPhc = password === undefined ? undefined : await passwords.hash(password)
      return shownUser(await users.changeUser(params.name, { ...change, passwordPhc }, Date.now()))
    },
    async removeUser({ params }) {
      await users.removeUser(params.name)
      return undefined
    },
    async changePassword({ session, body, from }) {
      const user = await gate.check(session.user, body.current, from)
      const passwordPhc = await passwords.hash(body.password)
      await users.changeUser(user.name, { passwordPhc }, Date.now())
      const { expiresAt, ...issued } = await sessions.issue(user, 'sign-in')
      return { ...issued, expiresAt: expiresAt.toISOString() }
    },
  }
}

/** Of one user. */
const mostTokens = 100

export type TokenHandlersOptions = {
  readonly users: Pick<UserStore, 'findUser'>
  readonly tokens: ApiTokenStore & Pick<TokenStore, 'removeToken'>
  readonly sessions: Sessions
}

export function tokenHandlers({
  users,
  tokens,
  sessions,
}: TokenHandlersOptions): Pick<Handlers, 'listTokens' | 'makeToken' | 'removeToken'> {
  /** Those that the caller may see and end. */
  const theirs = ({ user, role }: { readonly user: string; readonly role: ShownUser['role'] }) =>
    tokens.listApiTokens(may(role, 'users.change') ? {} : { user })
  return {
    async listTokens({ session }) {
      return { items: (await theirs(session)).map(shownToken) }
    },
    async makeToken({ session, body }) {
      const user = await users.findUser(session.user)
      if (user === undefined) throw new NotSignedIn('This user is no more')
      if ((await tokens.listApiTokens({ user: user.name })).length >= mostTokens)
        throw new Refused('tokens_full', `${user.name} has ${mostTokens} tokens; remove one first`)
      const { token, ...made } = await sessions.makeApiToken(session, user.id, body)
      const { name, role } = body
      return { ...shownToken({ ...made, name, role, user: user.name, lastUsedAt: undefined }), token }
    },
    async removeToken({ session, params }) {
      if (!(await theirs(session)).some(({ id }) => id === params.id))
        throw new Refused('token_not_found', 'There is no such token that you may end')
      await tokens.removeToken(params.id)
      return undefined
    },
  }
}

export function grantHandlers(grants: GrantStore): Pick<Handlers, 'changeGrants'> {
  return {
    async changeGrants({ params, body }) {
      const { users, groups, everyone } = await grants.change(params.name, body)
      return { image: params.name, everyone, users: [...users], groups: [...groups] }
    },
  }
}

const shownUser = ({ name, role, groups, source, disabled, createdAt }: User): ShownUser => ({
  ...{ name, role, groups: [...groups], source, disabled },
  createdAt: timeText(createdAt),
})

const shownToken = ({ createdAt, expiresAt, lastUsedAt, ...token }: ApiToken): ShownToken => ({
  ...token,
  createdAt: timeText(createdAt),
  expiresAt: timeText(expiresAt),
  ...(lastUsedAt !== undefined && { lastUsedAt: timeText(lastUsedAt) }),
})

const timeText = (at: number): string => new Date(at).toISOString()

import type { Role } from '@bootcast/contract'

/** Who knows the password of a user. */
export type UserSource = 'local' | 'oidc' | 'ldap' | 'uforge'

export type User = {
  readonly id: string
  /** Unicode NFC. */
  readonly name: string
  readonly role: Role
  readonly groups: readonly string[]
  readonly source: UserSource
  readonly disabled: boolean
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number
}

export class UserNotFound extends Error {
  override readonly name = 'UserNotFound'
  readonly code = 'user_not_found'

  constructor(user: string) {
    super(`There is no user ${user}.`)
  }
}

export class UserExists extends Error {
  override readonly name = 'UserExists'
  readonly code = 'user_exists'

  constructor(user: string) {
    super(`There is a user ${user} already.`)
  }
}

/** The platform would have nobody left to administer it whom it knows itself. */
export class LastAdministrator extends Error {
  override readonly name = 'LastAdministrator'
  readonly code = 'last_administrator'

  constructor(user: string) {
    super(`${user} is the last local administrator who may sign in. Make another one first.`)
  }
}

/** Role, groups and password of such a user come from elsewhere at each sign-in. */
export class KeptElsewhere extends Error {
  override readonly name = 'KeptElsewhere'
  readonly code = 'kept_elsewhere'

  constructor(user: string, source: UserSource) {
    super(`Role, groups and password of ${user} come from ${source} at each sign-in; change them there.`)
  }
}

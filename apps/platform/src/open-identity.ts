import type { FastifyBaseLogger } from 'fastify'
import { BrowserSessions } from './api/browser-sessions.ts'
import { AuditLog } from './audit/audit-log.ts'
import { SqlAuditStore } from './audit/sql-audit-store.ts'
import type { Config } from './config.ts'
import type { Database } from './database/open.ts'
import { Attempts } from './identity/attempts.ts'
import { ExternalUsers } from './identity/external-users.ts'
import { ensureAdministrator } from './identity/first-administrator.ts'
import { OpenIdProvider } from './identity/open-id-provider.ts'
import { createPasswordHasher } from './identity/password.ts'
import { readPasswordFile, readSecretFile } from './identity/password-file.ts'
import { PasswordGate, type SomeDirectory } from './identity/password-gate.ts'
import { Sessions } from './identity/sessions.ts'
import { SqlGrantStore } from './identity/sql-grant-store.ts'
import { SqlGroupList } from './identity/sql-group-list.ts'
import { SqlTokenStore } from './identity/sql-token-store.ts'
import { SqlUserStore } from './identity/sql-user-store.ts'
import { openDirectory } from './open-directory.ts'
import { providersTold } from './providers-told.ts'

export type IdentitySettings = {
  readonly config: Config
  readonly database: Database
  readonly log: FastifyBaseLogger
}

/** The OpenID provider of the configuration. @throws {StartRefused} */
async function openProvider(config: Config, log: FastifyBaseLogger): Promise<OpenIdProvider | undefined> {
  const { oidcIssuer: issuer, oidcClientId: clientId = '', oidcGroupsClaim: groupsClaim } = config
  if (issuer === undefined) return undefined
  const file = config.oidcClientSecretFile
  return new OpenIdProvider({
    issuer,
    clientId,
    clientSecret: file === undefined ? undefined : await readSecretFile(file),
    groupsClaim,
    redirectUri: `${config.publicUrl}/sign-in/oidc/callback`,
    onProblem: (message, why) => log.warn({ why }, message),
  })
}

/** Who people are and what they may do, wired. */
export async function openIdentity(
  { config, database, log }: IdentitySettings,
  starting: AsyncDisposableStack,
) {
  const audits = new SqlAuditStore(database)
  const onError = (err: unknown) => log.error({ err }, 'the audit log could not be written')
  const audit = starting.adopt(new AuditLog({ store: audits, onError }), (one) => one.stop())
  const users = new SqlUserStore(database)
  const tokens = new SqlTokenStore(database)
  const grants = new SqlGrantStore(database)
  const groups = new SqlGroupList(database)
  const passwords = createPasswordHasher()
  const roleOf = new Map(config.roleOf.map(({ group, role }) => [group, role]))
  const externals = new ExternalUsers({ store: users, roleOf })
  const directory = await openDirectory(config, log)
  // Set by who knows the sources: they come and go while the platform runs.
  const forges = { directories: (): readonly SomeDirectory[] => [] }
  const ldap = directory === undefined ? [] : [{ source: 'ldap' as const, in: directory, externals }]
  const gate = new PasswordGate({
    users,
    passwords,
    attempts: new Attempts(),
    audit,
    directories: () => [...ldap, ...forges.directories()],
    onNameTaken: (name) => log.warn({ name }, 'a user of the directory has the name of another user here'),
  })
  const sessions = new Sessions({ tokens, gate })
  const browsers = new BrowserSessions({ sessions, publicUrl: config.publicUrl })
  const file = config.adminPasswordFile
  const wanted = file === undefined ? undefined : await readPasswordFile(file)
  const makeAdministrator = () => ensureAdministrator({ store: users, passwords, wanted })
  const provider = await openProvider(config, log)
  const openId = provider && { provider, externals, browsers, audit }
  const people = { users, groups, tokens, grants, passwords, gate, forges, sessions, browsers, openId }
  return { ...people, providers: providersTold(config), audit, audits, makeAdministrator }
}

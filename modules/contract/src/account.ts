import { z } from 'zod'
import { timeSchema } from './common.ts'
import { roleSchema } from './people.ts'

const sourceSchema = z.enum(['local', 'oidc', 'ldap', 'uforge'])

/** Who calls, as the platform knows them. */
export const accountSchema = z.object({
  name: z.string(),
  role: roleSchema,
  groups: z.array(z.string()),
  source: sourceSchema.describe('Who knows the password. Other than local: it is changed there'),
  createdAt: timeSchema,
  boots: z
    .union([z.literal('all'), z.array(z.string())])
    .describe('Images that they may boot: all, or these, by name'),
})
export type Account = z.infer<typeof accountSchema>

/** A place where somebody is signed in. */
export const ownSessionSchema = z.object({
  id: z.string(),
  kind: z.enum(['browser', 'command']),
  createdAt: timeSchema,
  expiresAt: timeSchema,
  lastUsedAt: timeSchema.optional().describe('To the hour'),
  current: z.boolean().describe('The one that asks'),
})
export type OwnSession = z.infer<typeof ownSessionSchema>

/** A group is a name that users have, or that may boot something. */
export const groupSchema = z.object({
  name: z.string(),
  members: z.int(),
  images: z.array(z.string()).describe('What its members may boot because of it'),
})
export type UserGroup = z.infer<typeof groupSchema>

const roleOfSchema = z.array(z.object({ group: z.string(), role: roleSchema }))

/** Who tells the platform who somebody is: as it was configured, without secrets. */
export const signInProviderSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local') }),
  z.object({
    kind: z.literal('oidc'),
    issuer: z.string(),
    clientId: z.string(),
    hasSecret: z.boolean().describe('Whether there is a secret; otherwise PKCE alone'),
    redirectUri: z.string().describe('What the provider must know'),
    groupsClaim: z.string(),
    roleOf: roleOfSchema,
  }),
  z.object({
    kind: z.literal('ldap'),
    address: z.string().describe('host:port'),
    security: z.enum(['tls', 'start-tls', 'none']),
    lookup: z
      .string()
      .describe('The entry of a person: a DN, or where and by which filter it is searched for'),
    searchesAs: z.string().optional().describe('Absent: as nobody, or nothing is searched for'),
    groupsAttribute: z.string(),
    roleOf: roleOfSchema,
  }),
])
export type SignInProvider = z.infer<typeof signInProviderSchema>

import { z } from 'zod'
import { imageNameSchema, timeSchema } from './common.ts'
import { roles } from './permissions.ts'

/** Controls, invisible and turning characters, line ends, private use, what is no character, spaces other than the usual. */
const refused = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u
const mostCharacters = 128

const isName = (text: string): boolean =>
  !refused.test(text) &&
  text === text.trim() &&
  text.length > 0 &&
  [...text].length <= mostCharacters &&
  text !== '.' &&
  text !== '..'

/** A name of a person or group in the one spelling that is kept and compared: Unicode NFC. */
export const nameOfPerson = (text: string): string => text.normalize('NFC')

const personSchema = (example: string) =>
  z
    .string()
    .max(1024)
    .transform(nameOfPerson)
    .refine(
      isName,
      `1 to ${mostCharacters} printable characters, without a space at either end; for instance ${example}`,
    )

/** Typed at boot screens: may hold spaces, quotes, `+ & $ { }` and letters of any language. */
export const userNameSchema = personSchema('ann')
export const groupNameSchema = personSchema('staff')
export const roleSchema = z.enum(roles)

/** Of somebody who chooses one; what is asked for at a sign-in is not checked. */
export const newPasswordSchema = z
  .string()
  .max(1024)
  .refine((text) => [...text].length >= 12, 'at least 12 characters')

const groupsSchema = z.array(groupNameSchema).max(200)

export const userSchema = z.object({
  name: z.string(),
  role: roleSchema,
  groups: z.array(z.string()),
  source: z
    .enum(['local', 'oidc', 'ldap', 'uforge'])
    .describe('Who knows the password. Other than local: role and groups come from there at each sign-in'),
  disabled: z.boolean().describe('May not sign in'),
  createdAt: timeSchema,
})
export type User = z.infer<typeof userSchema>

export const newUserSchema = z.object({
  name: userNameSchema,
  password: newPasswordSchema,
  role: roleSchema,
  groups: groupsSchema.default([]),
})

/** An absent key stays as it is. A new password and `disabled` end all tokens of the user. */
export const userChangeSchema = z.object({
  role: roleSchema.optional(),
  groups: groupsSchema.optional(),
  disabled: z.boolean().optional(),
  password: newPasswordSchema.optional(),
})
export type UserChange = z.infer<typeof userChangeSchema>

export const passwordChangeSchema = z.object({
  current: z.string().min(1).max(1024),
  password: newPasswordSchema,
})

/** A token for a program: shown once, when it is made. */
export const apiTokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string().describe('Who made it; it works as this user'),
  role: roleSchema.describe('It may do no more than this role, and no more than its user'),
  createdAt: timeSchema,
  expiresAt: timeSchema,
  lastUsedAt: timeSchema.optional().describe('To the hour'),
})
export type ApiToken = z.infer<typeof apiTokenSchema>

const daySeconds = 24 * 60 * 60

export const newApiTokenSchema = z.object({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      '1 to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or digit',
    ),
  role: roleSchema,
  seconds: z
    .int()
    .min(60)
    .max(366 * daySeconds)
    .default(90 * daySeconds)
    .describe('How long it is good'),
})

/** Who may boot an image besides those whose role boots every image. */
export const grantsSchema = z.object({
  image: imageNameSchema,
  everyone: z.boolean().describe('Everybody who signs in'),
  users: z.array(z.string()),
  groups: z.array(z.string()),
})
export type Grants = z.infer<typeof grantsSchema>

const subjectsSchema = z.object({
  users: z.array(userNameSchema).max(1000).default([]),
  groups: z.array(groupNameSchema).max(1000).default([]),
})

export const grantsChangeSchema = z.object({
  everyone: z.boolean().optional(),
  allow: subjectsSchema.optional(),
  disallow: subjectsSchema.optional(),
})
export type GrantsChange = z.input<typeof grantsChangeSchema>

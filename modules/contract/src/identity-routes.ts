import { z } from 'zod'
import { auditEntrySchema, auditQuerySchema } from './audit.ts'
import { commandSignInSchema, commandSignInTokenSchema, newCommandSignInSchema } from './command-sign-in.ts'
import { imageNameSchema, pageQuerySchema } from './common.ts'
import {
  apiTokenSchema,
  grantsChangeSchema,
  grantsSchema,
  newApiTokenSchema,
  newUserSchema,
  passwordChangeSchema,
  userChangeSchema,
  userNameSchema,
  userSchema,
} from './people.ts'
import { meSchema, signInSchema, tokenSchema } from './platform.ts'
import type { Route } from './route.ts'

const user = z.object({ name: userNameSchema })

/** Who somebody is, and who may do what. */
export const identityRoutes = {
  signIn: {
    method: 'POST',
    path: '/api/v1/sign-in',
    summary: 'Get a token for a user and a password',
    who: 'anybody',
    body: signInSchema,
    reply: tokenSchema,
  },
  beginCommandSignIn: {
    method: 'POST',
    path: '/api/v1/sign-in/command',
    summary: 'Begin the sign-in of a command that a person approves at `/activate` (RFC 8628)',
    who: 'anybody',
    body: newCommandSignInSchema,
    reply: commandSignInSchema,
  },
  finishCommandSignIn: {
    method: 'POST',
    path: '/api/v1/sign-in/command/token',
    summary:
      'Get the token of a sign-in that was approved; until then `authorization_pending`, `slow_down`, `access_denied` or `expired_token` (RFC 8628 §3.5)',
    who: 'anybody',
    body: commandSignInTokenSchema,
    reply: tokenSchema,
  },
  signOut: {
    method: 'POST',
    path: '/api/v1/sign-out',
    summary: 'End the token of this request',
    who: 'user',
  },
  me: { method: 'GET', path: '/api/v1/me', summary: 'Who is signed in', who: 'user', reply: meSchema },
  changePassword: {
    method: 'PUT',
    path: '/api/v1/me/password',
    summary: 'Change your own password: all your tokens end, and there is a new one',
    who: 'user',
    body: passwordChangeSchema,
    reply: tokenSchema,
  },
  listUsers: {
    method: 'GET',
    path: '/api/v1/users',
    summary: 'Users, by name',
    who: 'users.read',
    query: pageQuerySchema.extend({ after: z.string().max(512).optional() }),
    reply: z.object({ items: z.array(userSchema), next: z.string().optional() }),
  },
  addUser: {
    method: 'POST',
    path: '/api/v1/users',
    summary: 'Add a user with a password',
    who: 'users.change',
    body: newUserSchema,
    told: ['name', 'role', 'groups'],
    reply: userSchema,
  },
  showUser: {
    method: 'GET',
    path: '/api/v1/users/:name',
    summary: 'One user',
    who: 'users.read',
    params: user,
    reply: userSchema,
  },
  changeUser: {
    method: 'PATCH',
    path: '/api/v1/users/:name',
    summary: 'Change role, groups or password of a user, or disable them',
    who: 'users.change',
    params: user,
    body: userChangeSchema,
    told: ['role', 'groups', 'disabled'],
    reply: userSchema,
  },
  removeUser: {
    method: 'DELETE',
    path: '/api/v1/users/:name',
    summary: 'Remove a user with their tokens and grants',
    who: 'users.change',
    params: user,
  },
  listTokens: {
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Your tokens for programs; an administrator sees those of all',
    who: 'tokens.make',
    reply: z.object({ items: z.array(apiTokenSchema) }),
  },
  makeToken: {
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Make a token for a program; only who signed in themselves may',
    who: 'tokens.make',
    body: newApiTokenSchema,
    told: ['name', 'role', 'seconds'],
    reply: apiTokenSchema.extend({ token: z.string().describe('Shown only this once') }),
  },
  removeToken: {
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    summary: 'End a token: your own, or as an administrator any',
    who: 'tokens.make',
    params: z.object({ id: z.string().max(64) }),
  },
  changeGrants: {
    method: 'PATCH',
    path: '/api/v1/images/:name/grants',
    summary: 'Decide who may boot an image',
    who: 'grants.change',
    params: z.object({ name: imageNameSchema }),
    body: grantsChangeSchema,
    told: ['everyone', 'allow', 'disallow'],
    reply: grantsSchema,
  },
  listAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Who did what, and what was refused; the newest first',
    who: 'audit.read',
    query: auditQuerySchema,
    reply: z.object({ items: z.array(auditEntrySchema), next: z.string().optional() }),
  },
} as const satisfies Record<string, Route>

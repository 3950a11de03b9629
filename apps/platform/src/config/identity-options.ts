import { filePath, line, type Option, oneOf } from '@bootcast/options'
import { z } from 'zod'
import { dnTemplate, filterTemplate, issuerUrl, ldapUrl, roleOfGroup } from './value-schemas.ts'

/** Who people are, beside the users of the platform itself: `docs/operate/people.md`. */
export const identityOptions = {
  adminPasswordFile: {
    argument: 'FILE',
    schema: filePath.optional(),
    about:
      'File with the password of the user `admin` on its first line; only its owner may read it. Read at each start: a changed password is taken over and ends the sessions of the old one, and `admin` administers and may sign in again.',
    example: '/etc/bootcast/admin-password',
    otherwise: 'a password is made at the first start and shown once',
  },
  roleOf: {
    argument: 'GROUP=ROLE',
    schema: z.array(roleOfGroup).prefault([]),
    about:
      'The role of those who are in a group of the OpenID provider or the LDAP directory; the strongest counts. May be given more than once.',
    example: 'boot-operators=operator',
    otherwise: 'all are `user`',
  },
  oidcIssuer: {
    argument: 'URL',
    schema: issuerUrl.optional(),
    about:
      'OpenID provider by which people sign in with their browser. It must know the address `public-url`/sign-in/oidc/callback.',
    example: 'https://idp.example/realms/work',
    otherwise: 'none',
  },
  oidcClientId: {
    argument: 'ID',
    schema: line.optional(),
    about: 'What the provider calls this platform.',
    example: 'bootcast',
  },
  oidcClientSecretFile: {
    argument: 'FILE',
    schema: filePath.optional(),
    about: 'File with the secret of the client on its first line; only its owner may read it.',
    example: '/etc/bootcast/oidc-secret',
    otherwise: 'a public client, with PKCE alone',
  },
  oidcGroupsClaim: {
    argument: 'NAME',
    schema: line.prefault('groups'),
    about: 'The claim with the groups of a person.',
    example: 'roles',
  },
  ldapUrl: {
    argument: 'URL',
    schema: ldapUrl.optional(),
    about:
      'LDAP directory that knows people with their passwords: ldaps://HOST, or ldap://HOST with StartTLS.',
    example: 'ldaps://ldap.example',
    otherwise: 'none',
  },
  ldapStartTls: {
    argument: 'yes|no',
    schema: oneOf('yes', 'no').optional(),
    about: 'Whether ldap:// goes over to TLS. With `no` passwords cross the network as they are.',
    example: 'yes',
    otherwise: '`no` to this computer itself, else `yes`',
  },
  ldapCaFile: {
    argument: 'FILE',
    schema: filePath.optional(),
    about: 'Certificates (PEM) that vouch for the directory.',
    example: '/etc/ssl/certs/work-ca.pem',
    otherwise: 'those that Node trusts',
  },
  ldapUserDn: {
    argument: 'DN',
    schema: dnTemplate.optional(),
    about: 'The entry of a person, with `{user}` for the name, where that can be told without a search.',
    example: 'uid={user},ou=people,dc=example',
  },
  ldapBase: {
    argument: 'DN',
    schema: line.optional(),
    about: 'Where people are searched for, when `ldap-user-dn` is not given.',
    example: 'ou=people,dc=example',
  },
  ldapFilter: {
    argument: 'FILTER',
    schema: filterTemplate.prefault('(uid={user})'),
    about: 'What finds exactly one entry below `ldap-base`, with `{user}` for the name (RFC 4515).',
    example: '(&(objectClass=person)(sAMAccountName={user}))',
  },
  ldapBindDn: {
    argument: 'DN',
    schema: line.optional(),
    about: 'Who searches.',
    example: 'cn=bootcast,ou=services,dc=example',
    otherwise: 'nobody: the directory answers anybody',
  },
  ldapBindPasswordFile: {
    argument: 'FILE',
    schema: filePath.optional(),
    about: 'File with the password of `ldap-bind-dn` on its first line; only its owner may read it.',
    example: '/etc/bootcast/ldap-password',
  },
  ldapGroupsAttribute: {
    argument: 'NAME',
    schema: line.prefault('memberOf'),
    about: 'The attribute of a person with their groups: names, or entries whose first part names them.',
    example: 'ou',
  },
} as const satisfies Record<string, Option>

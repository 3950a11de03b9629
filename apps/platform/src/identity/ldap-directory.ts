import { randomBytes } from 'node:crypto'
import { userNameSchema } from '@bootcast/contract'
import { Client, type Entry, ResultCodeError } from 'ldapts'
import type { Arrival } from './external-users.ts'
import { connectLdap, type LdapServer } from './ldap-connection.ts'
import type { Directory } from './password-gate.ts'
import { TooBusy, turns } from './turns.ts'

/** The service that knows the users does not answer, or not as it should. */
export class DirectoryUnreachable extends Error {
  override readonly name = 'DirectoryUnreachable'
  readonly code = 'directory_unreachable'
  readonly retrySeconds = 10

  constructor(host: string, cause: unknown) {
    super(`The directory ${host} does not answer. Users of the platform itself can sign in`, {
      cause,
    })
  }
}

/** A text with `{user}` in it, and the attribute that has the name of a person. */
export type Template = { readonly text: string; readonly attribute: string }

/** How the entry of a person is found: told by the name, or searched for. */
export type LdapLookup =
  | { readonly kind: 'dn'; readonly dn: Template }
  | {
      readonly kind: 'search'
      readonly base: string
      readonly filter: Template
      readonly as: { readonly dn: string; readonly password: string } | undefined
    }

export type LdapDirectoryOptions = {
  readonly server: LdapServer
  readonly lookup: LdapLookup
  readonly groupsAttribute: string
  /** What an operator should know of. */
  readonly onProblem: (message: string, error?: unknown) => void
  readonly timeoutMs?: number
}

/** RFC 4511 Appendix A. What a server answers to a name or a password that it does not take. */
const refusals: readonly number[] = [
  32, // noSuchObject
  34, // invalidDNSyntax
  48, // inappropriateAuthentication: the entry has no password
  49, // invalidCredentials
  53, // unwillingToPerform: locked, in some servers
]

/** People of an LDAP directory (RFC 4511): whose password is right is who can bind with it. */
export class LdapDirectory implements Directory {
  readonly #options: LdapDirectoryOptions
  readonly #takeTurn = turns(4, 16)

  constructor(options: LdapDirectoryOptions) {
    this.#options = options
  }

  async find(name: string, password: string): Promise<Arrival | undefined> {
    // A bind without a password succeeds as nobody (RFC 4513 §5.1.2).
    if (password === '') return undefined
    const { server, onProblem, timeoutMs = 5_000 } = this.#options
    try {
      return await this.#takeTurn(() =>
        this.#ask(name, password.normalize('NFC'), AbortSignal.timeout(timeoutMs)),
      )
    } catch (error) {
      if (error instanceof TooBusy) throw error
      onProblem('the directory could not be asked', error)
      throw new DirectoryUnreachable(server.host, error)
    }
  }

  async #ask(name: string, password: string, signal: AbortSignal): Promise<Arrival | undefined> {
    const { server, lookup, timeoutMs = 5_000 } = this.#options
    const socket = await connectLdap(server, signal)
    let isCut = false
    // The library only speaks on it. It would connect anew when it is cut.
    const createConnection = () => {
      if (isCut) throw new Error('the directory cut the connection')
      isCut = true
      return socket
    }
    const client = new Client({ url: 'ldap://directory.invalid', timeout: timeoutMs, createConnection })
    try {
      return lookup.kind === 'dn'
        ? await this.#byDn(client, lookup.dn, name, password)
        : await this.#bySearch(client, lookup, name, password)
    } finally {
      socket.destroy()
    }
  }

  async #byDn(client: Client, template: Template, name: string, password: string) {
    const dn = template.text.replaceAll('{user}', () => dnValue(name))
    if (!(await isBound(client, dn, password))) return undefined
    const { searchEntries } = await client.search(dn, { scope: 'base', ...this.#wanted(template) })
    const [entry] = searchEntries
    if (entry === undefined) throw new Error(`${dn} may not read its own entry`)
    return this.#arrivalOf(entry, template.attribute, name)
  }

  async #bySearch(
    client: Client,
    { base, filter, as }: Extract<LdapLookup, { kind: 'search' }>,
    name: string,
    password: string,
  ) {
    if (as !== undefined) await client.bind(as.dn, as.password)
    const asked = filter.text.replaceAll('{user}', () => filterValue(name))
    const { searchEntries } = await client.search(base, {
      scope: 'sub',
      filter: asked,
      sizeLimit: 2,
      ...this.#wanted(filter),
    })
    const [entry, second] = searchEntries
    if (second !== undefined) this.#options.onProblem(`more than one entry fits ${asked}: none is taken`)
    const found = second === undefined ? entry : undefined
    // Who is not there costs a bind as well, so that time does not tell.
    const dn = found?.dn ?? `cn=${randomBytes(8).toString('hex')},${base}`
    const isRight = await isBound(client, dn, password)
    return isRight && found !== undefined ? this.#arrivalOf(found, filter.attribute, name) : undefined
  }

  #wanted({ attribute }: Template) {
    const attributes = [attribute, this.#options.groupsAttribute, ...idAttributes]
    return { attributes, explicitBufferAttributes: ['objectGUID'] }
  }

  #arrivalOf(entry: Entry, attribute: string, asked: string): Arrival | undefined {
    const names = textsOf(entry, attribute).flatMap((text) => userNameSchema.safeParse(text).data ?? [])
    const name = names.find((each) => each.toLowerCase() === asked.toLowerCase()) ?? names[0]
    if (name === undefined) {
      this.#options.onProblem(`${entry.dn} has no ${attribute} that can be the name of a user here`)
      return undefined
    }
    const groups = textsOf(entry, this.#options.groupsAttribute).map(groupIn)
    return { source: 'ldap', subject: idOf(entry), name, groups }
  }
}

/** What stays when an entry is moved, and is never used again: RFC 4530, Active Directory, 389 Directory Server. */
const idAttributes = ['entryUUID', 'objectGUID', 'nsUniqueId'] as const

function idOf(entry: Entry): string {
  for (const attribute of idAttributes) {
    const [value] = valuesOf(entry, attribute)
    const text = Buffer.isBuffer(value) ? value.toString('hex') : (value ?? '')
    if (text !== '') return `${attribute} ${text.toLowerCase()}`
  }
  return `dn ${entry.dn.toLowerCase()}`
}

async function isBound(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password)
    return true
  } catch (error) {
    if (error instanceof ResultCodeError && refusals.includes(error.code)) return false
    throw error
  }
}

/** Attributes have whatever case the server likes. */
function valuesOf(entry: Entry, attribute: string): readonly (string | Buffer)[] {
  const key = Object.keys(entry).find((each) => each.toLowerCase() === attribute.toLowerCase())
  return key === undefined || key === 'dn' ? [] : [entry[key] ?? []].flat()
}

const textsOf = (entry: Entry, attribute: string): readonly string[] =>
  valuesOf(entry, attribute).filter((value) => typeof value === 'string')

/** `cn=staff,ou=groups,dc=example` → `staff`; a text that is no DN is the name itself. */
function groupIn(text: string): string {
  const [, value] = /^[A-Za-z0-9.-]+=((?:\\.|[^,+\\])*)/.exec(text) ?? []
  if (value === undefined) return text
  const bytes = value.replace(/(?:\\[0-9a-fA-F]{2})+/g, (hex) =>
    Buffer.from(hex.replaceAll('\\', ''), 'hex').toString('utf8'),
  )
  return bytes.replace(/\\(.)/g, '$1')
}

/** Nothing of a name can become a part of the DN around it: RFC 4514 §2.4, all as hexadecimal pairs. */
const dnValue = (name: string): string => name.replace(/[^\p{L}\p{N}._@-]/gu, hexPairs)

/** The same for a filter: RFC 4515 §3. */
const filterValue = (name: string): string => name.replace(/[^\p{L}\p{N}._@-]/gu, hexPairs)

const hexPairs = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')

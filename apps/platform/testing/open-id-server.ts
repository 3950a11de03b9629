import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const clientId = 'bootcast'
export const clientSecret = 'secret of the client'

export type Claims = Readonly<Record<string, unknown>>

/** npm's oidc-provider, a certified OpenID provider, on loopback; anybody signs in with any password. */
export async function startOpenIdServer(redirectUri: string, people: Readonly<Record<string, Claims>>) {
  let answer: RequestListener = () => undefined
  const server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = quietly(
    () =>
      new Provider(issuer, {
        clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
        claims: {
          openid: ['sub'],
          profile: ['preferred_username'],
          email: ['email', 'email_verified'],
          groups: ['groups'],
        },
        scopes: ['openid', 'profile', 'email', 'groups'],
        cookies: { keys: ['a key of the suite'] },
        findAccount: (_: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: id, ...people[id] }),
        }),
        ttl: {
          AccessToken: 600,
          AuthorizationCode: 60,
          Grant: 600,
          IdToken: 600,
          Interaction: 600,
          Session: 600,
        },
      }),
  )
  answer = provider.callback()
  return {
    issuer,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** It warns of what is for development only: this is. */
function quietly<T>(make: () => T): T {
  const { warn } = console
  console.warn = () => undefined
  try {
    return make()
  } finally {
    console.warn = warn
  }
}

/** Keeps the cookies of one origin. */
export class Jar {
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>()

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url)
    const fitting = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path))
    const cookie = fitting.map(([name, { value }]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie !== '' && { cookie }), ...(init.headers as Record<string, string>) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  value(name: string): string | undefined {
    return this.#cookies.get(name)?.value
  }

  set(name: string, value: string, path = '/'): void {
    this.#cookies.set(name, { value, path })
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    const path = /; path=([^;]+)/i.exec(line)?.[1] ?? '/'
    if (value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, { value, path })
  }
}

/** What a person does at the provider: signs in, agrees; @returns the address that they are sent back to. */
export async function agreeAt(issuer: string, address: string, login: string): Promise<string> {
  const jar = new Jar()
  let url = new URL(address, issuer)
  for (let steps = 0; steps < 20; steps++) {
    if (url.origin !== issuer) return url.href
    const page = await jar.fetch(url.href)
    const answer = page.headers.has('location')
      ? page
      : await jar.fetch(...formOf(await page.text(), url, login))
    const location = answer.headers.get('location')
    if (location === null)
      throw new Error(`the provider goes nowhere: ${answer.status} ${await answer.text()}`)
    url = new URL(location, url)
  }
  throw new Error('the provider goes round and round')
}

/** The one form of the provider's page, filled in. */
function formOf(page: string, url: URL, login: string): [string, RequestInit] {
  const action = /<form[^>]+action="([^"]+)"/.exec(page)?.[1]
  const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1] ?? ''
  if (action === undefined)
    throw new Error(`the provider says: ${page.replace(/<[^>]+>/g, ' ').slice(0, 500)}`)
  const body = new URLSearchParams({ prompt, login, password: 'any' })
  return [new URL(action, url).href, { method: 'POST', body }]
}

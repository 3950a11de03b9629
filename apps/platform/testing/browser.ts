type Whole = { readonly url: string }

/** What a browser does: keeps cookies, tells its origin, follows nothing by itself. */
export function browser({ url }: Whole, headers: Readonly<Record<string, string>> = {}) {
  const jar = new Map<string, string>()
  const send = async (path: string, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const own = { ...(cookie !== '' && { cookie }), ...headers, ...(init.headers as Record<string, string>) }
    const response = await fetch(url + path, { ...init, headers: own, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  const post = (path: string, fields: Record<string, string>, more: Record<string, string> = {}) =>
    send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: url, ...more } })
  const signIn = (more: Record<string, string> = {}) =>
    post('/sign-in', { user: 'admin', password: 'correct horse battery', ...more })
  return { jar, send, post, signIn }
}

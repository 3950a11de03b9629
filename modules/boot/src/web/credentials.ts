export type Credentials = { readonly user: string; readonly password: string }

const longestHex = 2 * 1024

/**
 * What somebody typed at a machine: out of a form, or out of Basic (RFC 7617), both as hexadecimal digits (see
 * methods/sign-in.ts). Bytes that are no UTF-8 are taken for Latin-1, as keyboards of firmware write them.
 * `undefined`: nobody typed anything, or it is not of that form.
 */
export function credentialsOf(
  authorization: string | undefined,
  body: string | undefined,
): Credentials | undefined {
  const [user, password] = body === undefined ? fromBasic(authorization) : fromForm(body)
  if (user === undefined || password === undefined) return undefined
  const [name, secret] = [typed(user), typed(password)]
  return name === undefined || name === '' || secret === undefined
    ? undefined
    : { user: name, password: secret }
}

type Pair = readonly [string | undefined, string | undefined]

function fromForm(body: string): Pair {
  const form = new URLSearchParams(body)
  return [form.get('user') ?? undefined, form.get('password') ?? '']
}

function fromBasic(authorization = ''): Pair {
  const coded = /^Basic +([A-Za-z0-9+/=]{1,8192})$/i.exec(authorization)?.[1]
  if (coded === undefined) return [undefined, undefined]
  const text = Buffer.from(coded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  return colon === -1 ? [undefined, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

function typed(hex: string): string | undefined {
  if (hex.length > longestHex || hex.length % 2 === 1 || !/^[0-9a-f]*$/i.test(hex)) return undefined
  const bytes = Buffer.from(hex, 'hex')
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? bytes.toString('latin1') : text
}

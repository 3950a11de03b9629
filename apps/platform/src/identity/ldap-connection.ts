import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export type LdapServer = {
  readonly host: string
  readonly port: number
  /** `tls`: from the first byte; `start-tls`: agreed on first (RFC 4511 §4.14); `none`: passwords go as they are. */
  readonly security: 'tls' | 'start-tls' | 'none'
  /** PEM; absent: those that Node trusts. */
  readonly ca?: string
}

/** No answer of a directory about one person is as large. */
const mostBytes = 4 * 2 ** 20
const watchEveryMs = 50

/**
 * A socket to the directory on which bytes of LDAP may be sent, in TLS where that is wanted; it ends when `signal` does
 * and when the server sends too much. TLS is agreed on here and not by the client library, which would connect anew,
 * without TLS, after a connection was cut, and keeps bytes of before TLS.
 */
export async function connectLdap(server: LdapServer, signal: AbortSignal): Promise<Socket> {
  const plain = connect({ host: server.host, port: server.port })
  watch(plain, signal)
  try {
    await once(plain, 'connect', { signal })
    if (server.security === 'none') return plain
    if (server.security === 'start-tls') await agreeOnTls(plain, signal)
    return await inTls(plain, server, signal)
  } catch (error) {
    plain.destroy()
    throw error
  }
}

async function inTls(socket: Socket, { host, ca }: LdapServer, signal: AbortSignal): Promise<Socket> {
  const names = isIP(host) === 0 ? { servername: host } : {}
  const secure = connectTls({ socket, host, ...names, ...(ca !== undefined && { ca }) })
  secure.on('error', () => undefined)
  await once(secure, 'secureConnect', { signal })
  return secure
}

function watch(socket: Socket, signal: AbortSignal): void {
  const end = () => socket.destroy(new Error('the directory did not answer in time'))
  signal.addEventListener('abort', end, { once: true })
  const watching = setInterval(() => {
    if (socket.bytesRead > mostBytes) socket.destroy(new Error('the directory sends too much'))
  }, watchEveryMs)
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearInterval(watching)
    signal.removeEventListener('abort', end)
  })
}

const startTlsOid = '1.3.6.1.4.1.1466.20037'
/** LDAPMessage 1 with an ExtendedRequest of this name, in BER (RFC 4511 §4.12, §4.14.1). */
const startTlsRequest = Buffer.concat([
  Buffer.from([0x30, startTlsOid.length + 7, 0x02, 0x01, 0x01]),
  Buffer.from([0x77, startTlsOid.length + 2, 0x80, startTlsOid.length]),
  Buffer.from(startTlsOid),
])

/** @throws unless the server agrees, and sends nothing else before TLS begins: that could be anybody's */
async function agreeOnTls(socket: Socket, signal: AbortSignal): Promise<void> {
  socket.write(startTlsRequest)
  let answer = Buffer.alloc(0)
  while (!isWhole(answer)) {
    const [part] = (await once(socket, 'data', { signal })) as [Buffer]
    answer = Buffer.concat([answer, part])
    if (answer.length > 1024) throw new Error('the directory answers StartTLS with something else')
  }
  socket.pause()
  const { length, body } = messageIn(answer)
  // messageID 1, then an ExtendedResponse whose resultCode, an ENUMERATED, is success.
  const isAgreed = body.subarray(0, 4).equals(Buffer.from([0x02, 0x01, 0x01, 0x78]))
  const code = body.subarray(5).indexOf(Buffer.from([0x0a, 0x01]))
  if (!isAgreed || code < 0 || code > 4 || body[5 + code + 2] !== 0)
    throw new Error('the directory does not do StartTLS')
  if (answer.length !== length) throw new Error('the directory sent more before TLS than its answer')
}

const isWhole = (bytes: Buffer): boolean => bytes.length >= 2 && bytes.length >= messageIn(bytes).length

/** One LDAPMessage: how long it is in all, and what is in its SEQUENCE. Lengths in BER: X.690 §8.1.3. */
function messageIn(bytes: Buffer): { readonly length: number; readonly body: Buffer } {
  const [tag = 0, first = 0] = bytes
  if (tag !== 0x30) throw new Error('the directory does not speak LDAP')
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 2) throw new Error('the directory answers StartTLS with something else')
  if (bytes.length < 2 + more) return { length: Number.POSITIVE_INFINITY, body: Buffer.alloc(0) }
  const size = more === 0 ? first : bytes.readUIntBE(2, more)
  return { length: 2 + more + size, body: bytes.subarray(2 + more, 2 + more + size) }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const slapdMissing = ['/usr/sbin/slapd', '/usr/bin/openssl'].filter((path) => !existsSync(path))

export const suffix = 'dc=example'
export const reader = { dn: `cn=reader,${suffix}`, password: 'reader password' }

export type Person = {
  readonly uid: string
  readonly password: string
  readonly groups?: readonly string[]
  /** A second name. */
  readonly alias?: string
}

export type SlapdServer = {
  readonly port: number
  readonly tlsPort: number
  /** PEM; it vouches for 127.0.0.1 and no other name. */
  readonly ca: string
  readonly caFile: string
  stop(): Promise<void>
}

/**
 * OpenLDAP's slapd in a folder of its own, on free ports of loopback, with these people. Nobody may search but `reader`;
 * each may read their own entry.
 */
export async function startSlapd(people: readonly Person[]): Promise<SlapdServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-slapd-'))
  const [port, tlsPort] = [await freePort(), await freePort()]
  mkdirSync(join(folder, 'data'))
  makeCertificate(folder)
  writeFileSync(join(folder, 'slapd.conf'), configuration(folder))
  writeFileSync(join(folder, 'people.ldif'), ldif(people))
  const conf = ['-f', join(folder, 'slapd.conf')]
  const added = spawnSync('/usr/sbin/slapadd', [...conf, '-q', '-l', join(folder, 'people.ldif')], {
    encoding: 'utf8',
  })
  if (added.status !== 0) throw new Error(`slapadd: ${added.stderr}`)
  const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`
  const server = spawn('/usr/sbin/slapd', [...conf, '-h', urls, '-d', '0'], { stdio: 'ignore' })
  await answering(server, port)
  const caFile = join(folder, 'ca.pem')
  return {
    port,
    tlsPort,
    caFile,
    ca: readFileSync(caFile, 'utf8'),
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      if (server.exitCode === null) {
        server.kill('SIGTERM')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const configuration = (folder: string) => `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
allow bind_anon_cred bind_anon_dn
pidfile ${folder}/pid
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
database mdb
suffix "${suffix}"
directory ${folder}/data
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${reader.dn}" read by self read by anonymous auth by * none
`

function ldif(people: readonly Person[]): string {
  const entry = (dn: string, ...lines: (readonly [string, string])[]) =>
    [['dn', dn] as const, ...lines].map(([name, text]) => `${name}:: ${base64(text)}`).join('\n')
  const entries = [
    entry(suffix, ['objectClass', 'domain'], ['dc', 'example']),
    entry(`ou=people,${suffix}`, ['objectClass', 'organizationalUnit'], ['ou', 'people']),
    entry(
      reader.dn,
      ...[['objectClass', 'organizationalRole'] as const, ['objectClass', 'simpleSecurityObject'] as const],
      ...[['cn', 'reader'] as const, ['userPassword', reader.password] as const],
    ),
    ...people.map(({ uid, password, groups = [], alias }) =>
      entry(
        `uid=${escaped(uid)},ou=people,${suffix}`,
        ['objectClass', 'inetOrgPerson'],
        ['uid', uid],
        ...(alias === undefined ? [] : [['uid', alias] as const]),
        ...[['cn', uid] as const, ['sn', uid] as const],
        ['userPassword', password],
        ...groups.map((group) => ['memberOf', `cn=${escaped(group)},ou=groups,${suffix}`] as const),
      ),
    ),
  ]
  return `${entries.join('\n\n')}\n`
}

/** All of it as hexadecimal pairs (RFC 4514 §2.4). */
const escaped = (text: string) =>
  [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')

const base64 = (text: string) => Buffer.from(text).toString('base64')

function makeCertificate(folder: string): void {
  const made = (...args: string[]) => {
    const done = spawnSync('/usr/bin/openssl', args, { cwd: folder, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`openssl: ${done.stderr}`)
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  made('req', '-x509', ...key, '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.pem')
  const server = ['-subj', '/CN=directory', '-addext', 'subjectAltName=IP:127.0.0.1']
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=CA:FALSE']
  made('req', '-x509', ...key, ...server, ...by, '-keyout', 'server.key', '-out', 'server.pem')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answering(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (server.exitCode !== null) throw new Error(`slapd ended with ${server.exitCode}`)
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    await sleep(100)
  }
  server.kill('SIGKILL')
  throw new Error('slapd did not answer within 15 seconds')
}

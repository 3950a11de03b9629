import { type Client, createClient } from '../../modules/contract/src/index.ts'
import type { TestPlatform } from '../site/processes.ts'

/** Nothing that somebody may call themselves does anything to a page. */
export const hostileName = '<img src=x onerror=alert(1)> & "friends" {user}'
export const longName = `Ångström-${'very-long-name-'.repeat(7)}李`.slice(0, 128)
export const password = 'correct horse battery'

/** Bytes whose head is that of a kernel (boot protocol 2.10), enough to be published. */
export function kernelLike(): Buffer {
  const kernel = Buffer.alloc(4096)
  kernel.writeUInt8(1, 0x1f1)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020a, 0x206)
  kernel.writeUInt8(1, 0x211)
  return kernel
}

/** People of each role, with groups and a hostile name among them, and an image. */
export async function peopleScene(platform: TestPlatform): Promise<void> {
  const { client } = platform
  for (const [name, role, groups] of [
    ['olga', 'operator', ['staff', 'lab']],
    ['pia', 'publisher', ['staff']],
    ['vera', 'viewer', ['lab']],
    ['uwe', 'user', []],
    [hostileName, 'user', ['<b>bold</b>']],
    [longName, 'user', ['lab']],
  ] as const)
    await client.call('addUser', { body: { name, password, role, groups: [...groups] } })
  await client.call('publishRelease', {
    params: { name: 'debian' },
    body: { kernel: await blob(client, kernelLike()) },
  })
  const allow = { users: ['uwe'], groups: ['lab'] }
  await client.call('changeGrants', { params: { name: 'debian' }, body: { allow } })
}

async function blob(client: Client, bytes: Buffer) {
  const { digestOf } = await import('../../modules/content/src/index.ts')
  const digest = digestOf(bytes)
  await client.call('putBlob', { params: { digest }, body: new Uint8Array(bytes), length: bytes.length })
  return { name: 'vmlinuz', digest }
}

export async function clientOf({ url }: TestPlatform, user: string, secret = password): Promise<Client> {
  const { token } = await createClient({ url }).call('signIn', { body: { user, password: secret } })
  return createClient({ url, token })
}

/** Whether the page is wider than its screen. */
export const sideways = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'

import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { madeScreen } from '../../apps/platform/testing/made-screen.ts'
import { digestOf } from '../../modules/content/src/index.ts'
import { type Client, createClient, type Role } from '../../modules/contract/src/index.ts'
import { TestPlatform, until } from '../site/processes.ts'
import type { Person } from './browser.ts'
import { hostile, hostileNames } from './hostile-texts.ts'
import { addPeopleOfEachRole, nameOf, password } from './people-of-each-role.ts'
import { SimulatedMachine } from './simulated-machine.ts'

const hour = 3_600_000

/** A platform in use, with what well-meaning and ill-meaning people and machines put into it. */
export type Scene = AsyncDisposable & {
  readonly platform: TestPlatform
  /** Somebody of each role. */
  readonly people: Readonly<Record<Role, Person>>
  /** What there is to look at, by what it is. */
  readonly there: Readonly<Record<Thing, readonly string[]>>
}
export type Thing = 'image' | 'machine' | 'boot' | 'site' | 'user' | 'template' | 'opening' | 'group'

/** `crowd`: how many ordinary machines there are besides; more than 100 do not fit a page of a list. */
type SceneOptions = { readonly crowd?: number }

/** Takes some seconds. Everything comes by the ways that people and machines have. */
export async function openScene({ crowd = 20 }: SceneOptions = {}): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const platform = opened.use(await TestPlatform.start())
  const ending = new AbortController()
  opened.defer(() => ending.abort())
  const { client } = platform
  const people = await addPeopleOfEachRole(platform)
  await addPeople(client)
  await publishImages(client)
  await addSites(client)
  await addTemplates(client)
  await bootMachines(platform, crowd, ending.signal)
  await decideAboutMachines(client)
  await addOpenings(client)
  await leaveTraces(platform)
  const scene = { platform, people, there: await look(client) }
  const held = opened.move()
  return { ...scene, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** A hostile name to sign in by. */
export const hostilePerson = (platform: TestPlatform): Person => ({
  url: platform.url,
  user: hostileNames.longest,
  password,
})

async function addPeople(client: Client): Promise<void> {
  const groups = ['staff', 'night shift', ...Object.values(hostileNames)]
  for (const name of Object.values(hostileNames))
    await client.call('addUser', { body: { name, role: 'viewer', password, groups } })
  const gone = 'gone.with.the.wind@example.org'
  await client.call('addUser', { body: { name: gone, role: 'user', password } })
  await client.call('changeUser', { params: { name: gone }, body: { disabled: true } })
  for (const name of ['ci', 'a'.repeat(63)])
    await client.call('makeToken', { body: { name, role: 'publisher', seconds: 90 * 24 * 3600 } })
}

/** What Bootcast looks at of a kernel: the boot sector's marks (Documentation/arch/x86/boot.rst of Linux). */
export function madeKernel(size: number): Buffer {
  const kernel = randomBytes(size)
  kernel.fill(0, 0, 1024)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  return kernel
}
export const madeInitrd = (size: number): Buffer => gzipSync(randomBytes(size), { level: 1 })

const longestImage = `an-image-${'with-a-long-name-'.repeat(4)}`.slice(0, 63)
/** So large that it does not fit what lies between the two ends of a connection. */
const largeImage = 'workstation'

type Order = { readonly image: string; readonly size?: number; readonly cmdline?: string }
const releases: readonly Order[] = [
  { image: 'debian-13', cmdline: 'quiet console=ttyS0' },
  { image: 'debian-13', cmdline: 'quiet console=ttyS0,115200n8' },
  { image: 'debian-13', cmdline: `quiet ${hostile.image.replace(/[<>]/g, '')}` },
  { image: 'rescue' },
  { image: 'installer', cmdline: 'auto url={{preseed}}' },
  { image: longestImage, cmdline: hostile.unbroken.slice(0, 1700) },
  { image: largeImage, size: 16_000_000 },
]

async function publishImages(client: Client): Promise<void> {
  for (const order of releases) await publish(client, order)
  const debian = { name: 'debian-13' }
  const record = (number: number, firmware: 'bios' | 'uefi', passed: boolean) =>
    client.call('recordTest', {
      params: { ...debian, number, firmware },
      body: {
        ...{ passed, seconds: 42, log: `${hostile.script}\n${hostile.unbroken}\n${hostile.turning}` },
        ...(!passed && { screen: madeScreen(1280, 800).toString('base64') }),
      },
    })
  await record(2, 'bios', true)
  await record(3, 'uefi', false)
  await client.call('moveChannel', { params: { ...debian, channel: 'testing' }, body: { number: 3 } })
  await client.call('moveChannel', { params: { ...debian, channel: 'stable' }, body: { number: 2 } })
  await client.call('changeImage', { params: debian, body: { keep: 5 } })
  await client.call('changeGrants', {
    params: debian,
    body: { allow: { users: Object.values(hostileNames), groups: ['staff', hostileNames.script] } },
  })
  await client.call('changeSettings', { body: { defaultImage: 'rescue' } })
}

async function publish(client: Client, { image, size = 20_000, cmdline = 'quiet' }: Order): Promise<void> {
  const put = async (name: string, bytes: Buffer) => {
    const digest = digestOf(bytes)
    await client.call('putBlob', {
      params: { digest },
      body: new Uint8Array(bytes),
      length: bytes.length,
    })
    return { name, digest }
  }
  const kernel = await put('vmlinuz', madeKernel(size))
  const initrds = [await put('initrd.gz', madeInitrd(10_000))]
  await client.call('publishRelease', { params: { name: image }, body: { kernel, initrds, cmdline } })
}

async function addSites(client: Client): Promise<void> {
  const longest = 'a-site-far-away-'.repeat(4).slice(0, 63)
  await client.call('addSite', { body: { name: 'grenoble' } })
  await client.call('addSite', {
    body: { name: 'lyon', images: ['debian-13', longestImage], via: 'grenoble' },
  })
  await client.call('addSite', { body: { name: longest } })
  await client.call('addSite', { body: { name: 'closed-down' } })
  await client.call('revokeSite', { params: { name: 'closed-down' } })
  await client.call('changeSite', {
    params: { name: 'grenoble' },
    body: {
      pin: ['debian-13@testing'],
      quotaBytes: 50_000_000_000,
      wanBytesPerSecond: 2_000_000,
      schedule: { from: '22:00', to: '06:00' },
    },
  })
  await client.call('warmSite', { params: { name: 'grenoble' }, body: { reference: 'debian-13' } })
}

async function addTemplates(client: Client): Promise<void> {
  const answers = `# ${hostile.script}\nd-i netcfg/get_hostname string {{hostname}}\n# ${hostile.turning}
d-i passwd/root-password password {{root-password}}
d-i preseed/late_command string echo {{motd:shell}} {{city:shell}}\n# ${hostile.unbroken}\n`
  await client.call('putTemplate', {
    params: { name: 'installer', template: 'preseed' },
    body: {
      format: 'preseed',
      variables: [
        { name: 'root-password', secret: true, required: true, description: hostile.image },
        { name: 'city', default: hostile.emoji, choices: [hostile.emoji, hostile.rightToLeft] },
        { name: 'motd', description: hostile.turning, default: hostile.unbroken },
      ],
      files: [{ name: 'preseed.cfg', text: answers }],
    },
  })
  await client.call('putTemplate', {
    params: { name: 'debian-13', template: 'seed' },
    body: {
      format: 'cloud-init',
      files: [
        { name: 'user-data', text: '#cloud-config\nhostname: {{hostname}}\n' },
        { name: 'meta-data', text: 'instance-id: {{mac-hyphens}}\n' },
      ],
    },
  })
  const set = (name: string, value: string, secret = false) =>
    client.call('setValue', { params: { scope: 'machine', of: macOf(1), name }, body: { value, secret } })
  await set('hostname', 'web-1')
  await set('root-password', 'secret', true)
  await set('motd', `${hostile.attribute} ${hostile.unbroken}`)
  await set('notes', `${hostile.script}\n${hostile.turning}\n${hostile.template}`)
}

export const macOf = (number: number): string =>
  `52:54:00:5c:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`

const board = { manufacturer: 'Example Computers', product: 'Rack 1U', serial: 'RK-0001' }

async function bootMachines(
  { url, client }: TestPlatform,
  crowd: number,
  signal: AbortSignal,
): Promise<void> {
  const machine = (number: number, facts = {}) =>
    new SimulatedMachine(url, macOf(number), {
      ...board,
      address: `10.20.${number >> 8}.${number & 255}`,
      uuid: `b007ca57-0000-4000-8000-52540000${number.toString(16).padStart(4, '0')}`,
      ...facts,
    })
  for (let at = 100; at < 100 + crowd; at += 10)
    await Promise.all(Array.from({ length: 10 }, (_, more) => machine(at + more).boot()))
  await machine(1, { product: hostile.script }).boot()
  await machine(2, { product: hostile.rightToLeft, serial: hostile.emoji }).boot()
  await machine(3, { product: hostile.turning, serial: hostile.image, manufacturer: 'W'.repeat(400) }).boot()
  const [nosy, broken, lingering, weak] = [
    machine(4),
    machine(5),
    machine(6),
    machine(7, { buildarch: 'arm64' }),
  ]
  await nosy.ask()
  await nosy.snoop()
  const assign = (mac: string, image: string) =>
    client.call('changeMachine', { params: { mac }, body: { image } })
  for (const { mac } of [broken, lingering, weak]) await assign(mac, largeImage)
  await broken.ask()
  await broken.breakOff()
  await lingering.ask()
  await lingering.linger(signal)
  await weak.ask()
  const installing = machine(1, { product: hostile.script })
  await assign(installing.mac, 'installer')
  await installing.boot()
  await installing.phoneHome('log', hostile.script)
  await installing.phoneHome('failed', `${hostile.image} ${hostile.unbroken.slice(0, 400)}`)
  await until('all is known of the boots', 30_000, async () => {
    const { items } = await client.call('listBoots', { query: { state: 'failed' } })
    return items.length >= 3
  })
}

async function decideAboutMachines(client: Client): Promise<void> {
  const label = 'l'.repeat(63)
  await client.call('changeMachine', {
    params: { mac: macOf(2) },
    body: { image: longestImage, nextImage: 'debian-13@3', labels: ['web', 'rack=7/row=b', label] },
  })
  await client.call('changeMachine', {
    params: { mac: macOf(500) },
    body: { image: 'debian-13@testing', overwriteDisk: true },
  })
}

async function addOpenings(client: Client): Promise<void> {
  const until = (ms: number) => new Date(Date.now() + ms).toISOString()
  const open = (body: Parameters<typeof client.call<'addOpening'>>[1]['body']) =>
    client.call('addOpening', { body })
  await open({
    image: 'debian-13',
    machines: { label: 'web' },
    boot: true,
    until: until(8 * hour),
    times: 20,
  })
  await open({ image: 'rescue', machines: { product: `${hostile.script}*`, serial: 'W'.repeat(128) } })
  await open({ image: 'rescue', machines: { subnet: '10.20.0.0/16', site: 'lyon' }, from: until(24 * hour) })
  await open({ image: 'debian-13@3', machines: { mac: macOf(1) }, until: until(300) })
  const { id } = await open({ image: longestImage, machines: {} })
  await client.call('closeOpening', { params: { id } })
}

/** What the audit log tells of people who may not, or are not known. */
async function leaveTraces({ url, client }: TestPlatform): Promise<void> {
  const anybody = createClient({ url })
  for (const user of [hostile.script, hostileNames.image])
    await anybody.call('signIn', { body: { user, password: 'wrong' } }).catch(() => undefined)
  const { token } = await anybody.call('signIn', { body: { user: hostileNames.script, password } })
  const viewer = createClient({ url, token })
  await viewer.call('removeUser', { params: { name: 'admin' } }).catch(() => undefined)
  await client.call('changeUser', { params: { name: nameOf.user }, body: { groups: ['staff', 'visitors'] } })
}

async function look(client: Client): Promise<Scene['there']> {
  const states = ['failed', 'booting', 'started', 'waiting'] as const
  const boots = await Promise.all(
    states.map(async (state) => (await client.call('listBoots', { query: { state, limit: 2 } })).items),
  )
  const openings = await client.call('listOpenings', { query: {} })
  return {
    image: ['debian-13', 'installer', longestImage],
    machine: [macOf(1), macOf(2), macOf(3), macOf(500)],
    boot: boots.flat().map(({ id }) => id),
    site: ['grenoble', 'lyon'],
    user: [nameOf.operator, hostileNames.script, hostileNames.longest],
    group: ['staff', hostileNames.script],
    template: ['installer/preseed', 'debian-13/seed'],
    opening: openings.items.slice(0, 2).map(({ id }) => id),
  }
}

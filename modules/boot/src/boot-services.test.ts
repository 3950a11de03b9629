import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeDhcp, encodeDhcp, type Lease, type LeaseStore, writeOptions } from '@bootcast/netboot'
import { described, requestsOf } from '../testing/captured.ts'
import { efiLoader } from '../testing/loader-files.ts'
import { MemoryBootSource } from '../testing/memory-boot-source.ts'
import { type BootServicesSettings, createBootServices } from './boot-services.ts'
import { LoaderShelf } from './loader-shelf.ts'
import { BootCodes } from './sessions/boot-codes.ts'
import { BootSessions } from './sessions/boot-sessions.ts'

const address = '127.0.0.77'
const loopback = { address, netmask: '255.0.0.0' }

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, address)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

async function withServices(
  change: Partial<BootServicesSettings>,
  run: (parts: {
    readonly services: ReturnType<typeof createBootServices>
    readonly source: MemoryBootSource
    readonly ports: { readonly dhcp: number; readonly pxe: number }
    readonly logged: string[]
  }) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bootcast-services-'))
  const shelf = await LoaderShelf.open({ directory, log: () => {} })
  await shelf.import('ipxe-amd64.efi', [efiLoader()] as never)
  const source = new MemoryBootSource()
  const ports = { dhcp: await freePort(), pxe: await freePort() }
  const logged: string[] = []
  const services = createBootServices({
    interfaces: [loopback],
    dhcp: 'proxy',
    tftpPort: 'off',
    baseUrl: (on) => `http://${on}:8080`,
    source,
    sessions: new BootSessions({ isSameMachine: async () => false }),
    codes: new BootCodes(),
    shelf,
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    ports,
    ...change,
  })
  try {
    await run({ services, source, ports, logged })
  } finally {
    await services.stop()
    rmSync(directory, { recursive: true })
  }
}

async function client(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

async function ask(port: number, bytes: Uint8Array): Promise<string> {
  const socket = await client()
  try {
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(20_000) })
    socket.send(bytes, port, address)
    const [reply] = (await answer) as [Buffer]
    const packet = decodeDhcp(reply)
    assert.ok(!('malformed' in packet))
    return described(packet)
  } finally {
    socket.close()
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000 && !holds(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(holds())
}

const onPxePort = requestsOf('proxy-uefi-x64-pxe.pcap')[2]!.packet
const discover = requestsOf('proxy-uefi-x64-pxe.pcap')[0]!.packet

test('port 4011 answers who asks it, from where it was asked, and the machine is heard', () =>
  withServices({}, async ({ services, source, ports }) => {
    const { listening, problems } = await services.start()
    assert.deepEqual(problems, [])
    assert.deepEqual(listening, [
      { service: 'proxy-dhcp', address: `${address}:${ports.dhcp}` },
      { service: 'pxe', address: `${address}:${ports.pxe}` },
    ])
    assert.equal(
      await ask(ports.pxe, encodeDhcp(onPxePort)),
      `reply xid 9b430904 52:54:00:ba:16:79
ciaddr 10.77.0.163
siaddr 127.0.0.77
sname 127.0.0.77
file ipxe-amd64.efi
53 ack
54 127.0.0.77
60 PXEClient
97 4c414200-0000-4000-8000-525400ba1679`,
    )
    assert.deepEqual(source.heardOf, [
      {
        mac: '52:54:00:ba:16:79',
        uuid: '4c414200-0000-4000-8000-525400ba1679',
        architecture: 'x86_64',
        firmware: 'uefi-x64',
        address: '10.77.0.163',
      },
    ])
    assert.deepEqual(services.counters(), { 'pxe.received': 1, 'pxe.ack': 1 })
  }))

test('nonsense and strangers are counted, get no answer, and stop nothing', () =>
  withServices({}, async ({ services, source, ports, logged }) => {
    await services.start()
    const socket = await client()
    let answers = 0
    socket.on('message', () => {
      answers += 1
    })
    const office = {
      ...discover,
      options: writeOptions({ 'message-type': 'discover', 'vendor-class-identifier': 'MSFT 5.0' }),
    }
    const risc = {
      ...discover,
      options: new Map([...discover.options, ...writeOptions({ 'client-architecture': [25] })]),
    }
    const packets = [Buffer.from('nonsense'), Buffer.alloc(400, 0xff), encodeDhcp(office), encodeDhcp(risc)]
    for (const bytes of packets) socket.send(bytes, ports.dhcp, address)
    await until(() => services.counters()['proxy-dhcp.ignored: architecture not served'] === 1)
    assert.deepEqual(services.counters(), {
      'proxy-dhcp.received': 4,
      'proxy-dhcp.malformed': 2,
      'proxy-dhcp.ignored: not a PXE or HTTP client': 1,
      'proxy-dhcp.ignored: architecture not served': 1,
    })
    assert.equal(answers, 0)
    assert.equal(source.heardOf.length, 1)
    assert.ok(
      logged.some(
        (line) => line.startsWith('warn a DHCP packet was ignored') && line.includes('RISC-V 32-bit'),
      ),
    )
    socket.close()
    await ask(ports.pxe, encodeDhcp(onPxePort))
  }))

test('a port that another program has is a problem with a remedy, and the rest is opened', async () => {
  const other = createSocket('udp4')
  other.bind(0, address)
  await once(other, 'listening')
  const taken = other.address().port
  const dhcp = await freePort()
  await withServices({ ports: { dhcp, pxe: taken } }, async ({ services }) => {
    const { listening, problems } = await services.start()
    assert.deepEqual(
      listening.map(({ service }) => service),
      ['proxy-dhcp'],
    )
    assert.deepEqual(problems, [
      {
        service: 'pxe',
        address: `${address}:${taken}`,
        reason: `another program has port ${taken}`,
        remedy: `"ss -lunp sport = :${taken}" shows which: stop it, or leave this service to it. dnsmasq shares port 67 when it has bind-interfaces`,
      },
    ])
    assert.deepEqual(services.status(), { listening, problems })
  })
  other.close()
})

test('an interface that is not there is a problem, not a crash', () =>
  withServices(
    { interfaces: [{ name: 'nosuch0', address: '192.0.2.1', netmask: '255.255.255.0' }] },
    async ({ services }) => {
      const { listening, problems } = await services.start()
      assert.deepEqual(listening, [])
      assert.deepEqual(
        problems.map(({ service, reason }) => `${service}: ${reason}`),
        ['proxy-dhcp: there is no such network interface', 'pxe: this machine does not have the address'],
      )
    },
  ))

test('after stop the ports are free, and start opens them again', () =>
  withServices({}, async ({ services, ports }) => {
    for (const _ of [1, 2]) {
      assert.equal((await services.start()).problems.length, 0)
      await ask(ports.pxe, encodeDhcp(onPxePort))
      await services.stop()
      assert.deepEqual(services.status(), { listening: [], problems: [] })
    }
  }))

test('TFTP gives loaders, first scripts, and to GRUB files of releases', async () => {
  const port = await freePort()
  const sessions = new BootSessions({ isSameMachine: async () => false })
  await withServices({ dhcp: 'off', tftpPort: port, sessions }, async ({ services, source, logged }) => {
    assert.deepEqual((await services.start()).listening, [{ service: 'tftp', address: `${address}:${port}` }])
    const first = async (path: string) => {
      const socket = await client()
      const answer = once(socket, 'message', { signal: AbortSignal.timeout(20_000) })
      socket.send(`\0\x01${path}\0octet\0`, port, address)
      const [packet, from] = (await answer) as [Buffer, { address: string; port: number }]
      // ERROR 0: so that the server does not send the block again.
      socket.send(Buffer.from('\0\x05\0\0enough\0'), from.port, from.address, () => socket.close())
      return packet
    }
    assert.deepEqual(
      await first('/ipxe-amd64.efi'),
      Buffer.concat([Buffer.from([0, 3, 0, 1]), efiLoader().subarray(0, 512)]),
    )
    assert.match((await first('autoexec.ipxe')).toString('latin1', 4), /^#!ipxe\nset pause:int32 1\n/)
    assert.match((await first('/grub/grub.cfg')).toString('latin1', 4), /^# Bootcast\nset home=/)
    const bytes = Buffer.alloc(100_000, 'kernel ')
    source.files.set(`sha256:${'a'.repeat(64)}`, bytes)
    const { key, session } = sessions.open({ mac: '52:54:00:b0:07:01' }, '127.0.0.1')
    sessions.permit(session, {
      ...{ release: 'demo@3', leave: undefined, tree: undefined, installs: false },
      ...{ documents: {}, fetched: {} },
      ...{ files: [`sha256:${'a'.repeat(64)}`], missing: [] },
    })
    const kernel = `/b/${key}/files/${'a'.repeat(64)}/vmlinuz`
    assert.deepEqual((await first(kernel)).subarray(4), bytes.subarray(0, 512))
    source.broken = new Error('the store is away')
    // ERROR 0, ask again: never "not found" for what cannot be read now.
    assert.equal((await first(kernel)).readUInt32BE(0), 0x00050000)
    assert.equal((await first('nothing.efi')).readUInt32BE(0), 0x00050001)
    assert.equal(services.counters()['tftp.nobody claims the path'], 1)
    await first('revocations_sku.efi')
    const refusals = logged.filter((line) => line.startsWith('info a TFTP request was refused'))
    assert.equal(refusals.length, 2, 'shim asks for what there never is: no line for each boot')
  })
})

class MemoryLeases implements LeaseStore {
  readonly saved: Lease[] = []
  async load(): Promise<readonly Lease[]> {
    return this.saved
  }
  async save(leases: readonly Lease[]): Promise<void> {
    this.saved.push(...leases)
  }
  async remove(): Promise<void> {}
}

test('our own DHCP server serves the interface that holds the range; a range in none is a problem', () => {
  const store = new MemoryLeases()
  const pool = (first: string, last: string) => ({ range: { first, last }, leaseSeconds: 600, store })
  const inside = { dhcp: 'server', dhcpServer: pool('127.0.0.100', '127.0.0.110') } as const
  const outside = { dhcp: 'server', dhcpServer: pool('10.0.0.100', '10.0.0.110') } as const
  return withServices(inside, async ({ services, ports }) => {
    assert.deepEqual((await services.start()).listening, [
      { service: 'dhcp', address: `${address}:${ports.dhcp}` },
    ])
    await withServices(outside, async (other) => {
      const { listening, problems } = await other.services.start()
      assert.deepEqual(listening, [])
      assert.match(problems[0]?.reason ?? '', /10\.0\.0\.100-10\.0\.0\.110 lies in none/)
    })
    await withServices({ dhcp: 'server' }, async (none) => {
      assert.match((await none.services.start()).problems[0]?.reason ?? '', /no range/)
    })
  })
})

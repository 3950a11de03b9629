import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { NamespacePair, noNamespaces, stopped } from '../../testing/namespace-pair.ts'

const noClient =
  spawnSync('udhcpc', ['--help']).error === undefined ? false : 'no udhcpc here (Debian: udhcpc)'
const testing = join(import.meta.dirname, '../../testing')

/** A real client, over a real socket, on a network that the test makes. */
describe('udhcpc', { skip: noNamespaces() || noClient }, () => {
  let pair: NamespacePair
  let server: ChildProcess
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bootcast-udhcpc-'))
    await writeFile(join(folder, 'say'), '#!/bin/sh\nenv\n')
    await chmod(join(folder, 'say'), 0o755)
    pair = await NamespacePair.make('udhcpc', '10.77.0.1/24')
    server = await pair.startAtServer(
      /^listening$/,
      ...[process.execPath, join(testing, 'dhcp-server-process.ts'), 'eth0', '10.77.0.1', '255.255.255.0'],
      ...['10.77.0.100', '10.77.0.150', join(testing, 'memory-lease-store.ts')],
    )
  })

  after(async () => {
    if (server !== undefined) await stopped(server)
    await pair?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  /** -n: gives up without a lease, -q: ends with one. */
  const udhcpc = (...options: string[]) =>
    pair.atClient('udhcpc', '-i', 'eth0', '-s', join(folder, 'say'), '-n', '-q', '-f', ...options)

  test('gets an address, a mask, a router, the lease time and a boot file', async () => {
    const said = await udhcpc('-x', 'hostname:lab-1')
    assert.match(said, /lease of 10\.77\.0\.100 obtained from 10\.77\.0\.1, lease time 1800/)
    const lines = ['ip=10.77.0.100', 'subnet=255.255.255.0', 'router=10.77.0.1', 'boot_file=undionly.kpxe']
    for (const line of lines) assert.ok(said.split('\n').includes(line), `${line} in\n${said}`)
  })

  test('gets the same address again, without an identifier and with the broadcast flag', async () => {
    assert.match(await udhcpc('-C', '-B'), /lease of 10\.77\.0\.100 obtained/)
  })

  test('gets the free address that it asks for under another identifier', async () => {
    const said = await udhcpc('-r', '10.77.0.123', '-C', '-x', '0x3d:ff01020304')
    assert.match(said, /lease of 10\.77\.0\.123 obtained/)
  })

  test('is refused the address of another network, and gets one of this', async () => {
    const said = await udhcpc('-r', '192.168.1.7', '-C', '-x', '0x3d:ff01020305')
    assert.match(said, /lease of 10\.77\.0\.101 obtained/)
  })
})

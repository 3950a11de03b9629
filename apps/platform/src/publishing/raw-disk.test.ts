import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { publishingScene, sha256 } from '../../testing/publishing-scene.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-disks-'))
after(() => rmSync(folder, { recursive: true }))
const hasQemuImg = spawnSync('qemu-img', ['--version']).error === undefined
const skip = hasQemuImg ? false : 'SKIPPED: not installed: qemu-img (apt-get install qemu-utils)'

/** A disk of an odd size with one partition, holes, and bytes up to its end. */
function rawDisk(): Buffer {
  const disk = Buffer.alloc(12 * 2 ** 20 + 7 * 512)
  disk.writeUInt16LE(0xaa55, 510)
  disk.writeUInt8(0x83, 450)
  disk.writeUInt32LE(2048, 454)
  disk.writeUInt32LE(disk.length / 512 - 2048, 458)
  for (const at of [2 ** 20, 7 * 2 ** 20 + 12345, disk.length - 70_000]) randomBytes(70_000).copy(disk, at)
  return disk
}
const raw = rawDisk()
writeFileSync(join(folder, 'raw'), raw)

function converted(format: string, options: string, ...more: string[]): Buffer {
  const out = join(folder, `${format}-${options.replace(/\W/g, '-')}`)
  const how = ['-f', 'raw', '-O', format, '-o', options, ...more]
  execFileSync('qemu-img', ['convert', ...how, join(folder, 'raw'), out])
  return readFileSync(out)
}

/** `qemu-img create` with its backing file, both here. */
function overlay(format: string, options: string): Buffer {
  const [base, out] = [join(folder, `base.${format}`), join(folder, `overlay.${format}`)]
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, join(folder, 'raw'), base])
  execFileSync('qemu-img', ['create', '-f', format, '-o', `backing_fmt=${format}${options}`, '-b', base, out])
  return readFileSync(out)
}

/** A VHD with another field in its footers, and the checksum that fits. */
function vhdWith(vhd: Buffer, change: (footer: Buffer) => void): Buffer {
  const changed = Buffer.from(vhd)
  const isFixed = changed.toString('latin1', 0, 8) !== 'conectix'
  for (const at of isFixed ? [changed.length - 512] : [0, changed.length - 512]) {
    const footer = changed.subarray(at, at + 512)
    change(footer)
    footer.writeUInt32BE(0, 64)
    footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 64)
  }
  return changed
}

/** As VirtualBox makes it: the geometry ends before the disk does. */
const shortGeometry = (vhd: Buffer) =>
  vhdWith(vhd, (footer) => {
    footer.write('vbox', 28, 'latin1')
    footer.writeUInt16BE(footer.readUInt16BE(56) - 2, 56)
  })

/** MS-VHDX 2.6.1: an entry more in the metadata table, a parent locator. */
function vhdxWithParent(vhdx: Buffer): Buffer {
  const changed = Buffer.from(vhdx)
  const table = changed.indexOf('metadata\0\0', 192 * 1024, 'latin1')
  const count = changed.readUInt16LE(table + 10)
  changed.writeUInt16LE(count + 1, table + 10)
  const entry = Buffer.from('2d5fd3a80bb34d45abf7d3d84834ab0c00020100100000000400000000000000', 'hex')
  entry.copy(changed, table + 32 + count * 32)
  return changed
}

describe('virtual disks', { skip }, () => {
  const whole: readonly (readonly [what: string, name: string, disk: () => Buffer])[] = [
    ['a qcow2', 'a.qcow2', () => converted('qcow2', 'compat=1.1')],
    ['a compressed qcow2', 'a.qcow2', () => converted('qcow2', 'compat=1.1', '-c')],
    ['a qcow2 of the old version', 'a.qcow2', () => converted('qcow2', 'compat=0.10')],
    ['a sparse VMDK', 'a.vmdk', () => converted('vmdk', 'subformat=monolithicSparse')],
    ['a VMDK as in an OVA', 'a.vmdk', () => converted('vmdk', 'subformat=streamOptimized')],
    ['a dynamic VHDX', 'a.vhdx', () => converted('vhdx', 'subformat=dynamic')],
    ['a fixed VHDX', 'a.vhdx', () => converted('vhdx', 'subformat=fixed')],
    ['a dynamic VHD', 'a.vhd', () => converted('vpc', 'subformat=dynamic,force_size=on')],
    ['a fixed VHD', 'a.vhd', () => converted('vpc', 'subformat=fixed,force_size=on')],
    [
      'a VHD with a short geometry',
      'a.vhd',
      () => shortGeometry(converted('vpc', 'subformat=dynamic,force_size=on')),
    ],
    [
      'a fixed VHD with a short geometry',
      'a.vhd',
      () => shortGeometry(converted('vpc', 'subformat=fixed,force_size=on')),
    ],
  ]
  for (const [what, name, disk] of whole) {
    test(`${what} becomes the raw disk that it was made of, byte for byte`, async () => {
      await using at = await publishingScene()
      const { release, problem } = await at.publish(name, disk())
      assert.equal(problem, undefined, problem?.detail)
      const [variant] = release?.variants ?? []
      assert.deepEqual(
        [variant?.method, variant?.files.map(({ role, digest, size }) => [role, digest, size])[0]],
        ['disk', ['disk', `sha256:${sha256(raw)}`, raw.length]],
      )
    })
  }

  test('a VHD whose maker filled its last cylinder is the disk and zeros', async () => {
    await using at = await publishingScene()
    for (const kind of ['dynamic', 'fixed']) {
      const { release, problem } = await at.publish('a.vhd', converted('vpc', `subformat=${kind}`))
      assert.equal(problem, undefined, problem?.detail)
      const digits = release?.variants[0]?.files[0]?.digest.slice(7) ?? ''
      const bytes = readFileSync(join(at.started.data, 'store/blobs/sha256', digits.slice(0, 2), digits))
      assert.ok(bytes.subarray(0, raw.length).equals(raw), kind)
      assert.ok(bytes.length > raw.length && bytes.length < raw.length + 2 ** 20, `${bytes.length}`)
      assert.ok(bytes.subarray(raw.length).every((byte) => byte === 0))
    }
  })

  const descriptor = (extent: string) =>
    Buffer.from(
      `# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\n${extent}\n`.padEnd(2048, '#'),
    )
  const hidden = () => {
    const vmdk = converted('vmdk', 'subformat=monolithicSparse')
    // Where QEMU looks for the parent, though the header says that the description is elsewhere.
    const at = vmdk.indexOf('# Disk DescriptorFile')
    const elsewhere = Buffer.from(vmdk.subarray(at, at + 20 * 512))
    vmdk.write('parentFileNameHint="/etc/passwd"\n', at, 'latin1')
    vmdk.writeBigUInt64LE(BigInt(vmdk.length / 512), 28)
    return Buffer.concat([vmdk, elsewhere])
  }
  const hostile: readonly (readonly [what: string, name: string, disk: () => Buffer, why: RegExp])[] = [
    [
      'a VMDK that is a description of /etc/passwd',
      'a.vmdk',
      () => descriptor('RW 8 FLAT "/etc/passwd" 0'),
      /only describes a disk .*“\/etc\/passwd”/,
    ],
    [
      'a VMDK whose header leads to a description of /etc/passwd',
      'a.vmdk',
      () => {
        const head = Buffer.alloc(512)
        head.write('KDMV', 0, 'latin1')
        head.writeUInt32LE(1, 4)
        head.writeBigUInt64LE(1n, 28)
        head.writeBigUInt64LE(4n, 36)
        return Buffer.concat([head, descriptor('RW 8 FLAT "/etc/passwd" 0')])
      },
      /only describes a disk .*“\/etc\/passwd”/,
    ],
    [
      'a VMDK with a parent',
      'a.vmdk',
      () => overlay('vmdk', ''),
      /the difference to another image, “.*base\.vmdk”/,
    ],
    ['a VMDK with a hidden parent', 'a.vmdk', hidden, /the difference to another image, “\/etc\/passwd”/],
    [
      'one part of a VMDK',
      'a-s001.vmdk',
      () => {
        converted('vmdk', 'subformat=twoGbMaxExtentSparse')
        return readFileSync(join(folder, 'vmdk-subformat-twoGbMaxExtentSparse-s001'))
      },
      /one of several parts/,
    ],
    [
      'a qcow2 with a backing file',
      'a.qcow2',
      () => overlay('qcow2', ''),
      /the difference to another image, “.*base\.qcow2”/,
    ],
    [
      'a qcow2 whose data are elsewhere',
      'a.qcow2',
      () => converted('qcow2', `data_file=${join(folder, 'data')}`),
      /its data are in another file/,
    ],
    [
      'a VHDX with a parent',
      'a.vhdx',
      () => vhdxWithParent(converted('vhdx', 'subformat=dynamic')),
      /the difference to another image/,
    ],
    [
      'a differencing VHD',
      'a.vhd',
      () =>
        vhdWith(converted('vpc', 'subformat=dynamic,force_size=on'), (footer) => footer.writeUInt32BE(4, 60)),
      /the difference to another image/,
    ],
    [
      'a qcow2 that was cut',
      'a.qcow2',
      () => converted('qcow2', 'compat=1.1').subarray(0, -131_072),
      /Is it complete\?/,
    ],
    [
      'a sparse VMDK that was cut',
      'a.vmdk',
      () => converted('vmdk', 'subformat=monolithicSparse').subarray(0, -131_072),
      /Is it complete\?/,
    ],
    [
      'a VMDK of an OVA that was cut',
      'a.vmdk',
      () => converted('vmdk', 'subformat=streamOptimized').subarray(0, -131_072),
      /Is it complete\?|is it complete\?/,
    ],
    [
      'a VHDX that was cut',
      'a.vhdx',
      () => converted('vhdx', 'subformat=dynamic').subarray(0, -9_000_000),
      /Is it complete\?/,
    ],
    [
      'a VHD that was cut',
      'a.vhd',
      () => converted('vpc', 'subformat=dynamic,force_size=on').subarray(0, -131_072),
      /was cut/,
    ],
  ]
  for (const [what, name, disk, why] of hostile) {
    test(`${what} is refused with the reason, and nothing is kept`, async () => {
      await using at = await publishingScene()
      const { state, problem } = await at.publish(name, disk())
      assert.deepEqual([state, problem?.code], ['failed', 'unreadable_input'], problem?.detail)
      assert.match(problem?.detail ?? '', why)
      assert.ok(!problem?.detail.includes(at.started.data), problem?.detail)
      assert.deepEqual(await at.kept(), [])
    })
  }
})

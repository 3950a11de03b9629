import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { type BootSource, bootScript, type MachineQuirks } from '@bootcast/boot'

/** A source as a test prepares it. */
export type PreparedBootSource = {
  readonly source: BootSource
  /** Makes a machine boot Linux: this kernel, one initrd, this command line. */
  assign(
    mac: string,
    image: { readonly kernel: Uint8Array; readonly initrd: Uint8Array; readonly cmdline: string },
  ): Promise<void>
  setQuirks(mac: string, quirks: MachineQuirks): Promise<void>
  /** From now on nothing behind the source can be read. Absent where it has nothing behind it; say why. */
  breakDown?(): Promise<void>
  close(): Promise<void>
}

const mac = '52:54:00:00:00:01'
const from = '10.0.0.9'
const image = {
  kernel: Buffer.from('a kernel, for who reads no further'),
  initrd: Buffer.from('an initrd'),
  cmdline: 'console=ttyS0 quiet',
}

/**
 * What every BootSource promises. `open` gives a fresh one for each case.
 * @param cannotBreak why there is no `breakDown`, when there is none
 */
export function bootSourceContract(
  name: string,
  open: () => Promise<PreparedBootSource>,
  { cannotBreak }: { readonly cannotBreak?: string } = {},
): void {
  const withSource = async (run: (prepared: PreparedBootSource) => Promise<void>) => {
    const prepared = await open()
    try {
      await run(prepared)
    } finally {
      await prepared.close()
    }
  }

  test(`${name}: a machine with an image is told to boot it, and its files are there`, () =>
    withSource(async ({ source, assign }) => {
      await assign(mac, image)
      const machine = { mac, architecture: 'x86_64', firmware: 'uefi' } as const
      const { plan, because, release } = await source.decide({ machine, from })
      assert.ok(because.length > 5)
      assert.match(release ?? '', /^[a-z0-9-]+@[0-9]+$/)
      assert.equal(plan.method, 'linux')
      if (plan.method !== 'linux') return
      assert.equal(plan.cmdline, image.cmdline)
      assert.equal(plan.initrds.length, 1)
      for (const [file, bytes] of [
        [plan.kernel, image.kernel] as const,
        [plan.initrds[0]!, image.initrd] as const,
      ]) {
        const served = await source.openFile(file.digest)
        assert.equal(served?.size, bytes.length)
        assert.equal(file.size, bytes.length)
        assert.deepEqual(await buffer(await served!.read(0, bytes.length - 1)), bytes)
        assert.deepEqual(await buffer(await served!.read(3, 5)), bytes.subarray(3, 6))
      }
    }))

  test(`${name}: a machine nobody knows gets no image, and a script that can be said`, () =>
    withSource(async ({ source }) => {
      const { plan, because } = await source.decide({ machine: { mac: '52:54:00:99:99:99' }, from })
      assert.ok(plan.method === 'wait' || plan.method === 'menu', plan.method)
      assert.ok(because.length > 5)
      const urls = { base: 'http://10.0.0.1:8080', boot: 'http://10.0.0.1:8080/b/key' }
      assert.match(bootScript(plan, { ...urls, features: [] }).toString(), /^#!ipxe\n.*Bootcast/s)
    }))

  test(`${name}: facts that are nonsense are no obstacle`, () =>
    withSource(async ({ source, assign }) => {
      await assign(mac, image)
      const odd = {
        mac,
        serial: 'x'.repeat(128),
        product: "'; DROP TABLE machines; --",
        uuid: '0',
        address: '0.0.0.0',
      }
      assert.equal((await source.decide({ machine: odd, from })).plan.method, 'linux')
    }))

  test(`${name}: a digest that no release has is undefined, not an error`, () =>
    withSource(async ({ source }) => {
      assert.equal(await source.openFile(`sha256:${'0'.repeat(64)}`), undefined)
    }))

  test(`${name}: quirks are answered at once, and what is heard does not throw`, () =>
    withSource(async ({ source, setQuirks }) => {
      assert.deepEqual(source.quirksOf(mac), {})
      await setQuirks(mac, { proxyDialect: 'discovery-control', loader: 'snponly.efi' })
      assert.deepEqual(source.quirksOf(mac), { proxyDialect: 'discovery-control', loader: 'snponly.efi' })
      source.heard({ mac, firmware: 'uefi-x64' })
    }))

  test(`${name}: broken is an error, never "there is nothing"`, { skip: cannotBreak ?? false }, () =>
    withSource(async ({ source, assign, breakDown }) => {
      await assign(mac, image)
      const { plan } = await source.decide({ machine: { mac }, from })
      assert.ok(breakDown, 'say in cannotBreak why it cannot')
      await breakDown()
      await assert.rejects(source.decide({ machine: { mac }, from }))
      if (plan.method === 'linux') await assert.rejects(source.openFile(plan.kernel.digest))
    }),
  )
}

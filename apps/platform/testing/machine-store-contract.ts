import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import type { MachineQuery, MachineStore, Sighting } from '../src/machines/machine-store.ts'
import type { CatalogueUnderTest } from './catalogue-store-contract.ts'

const mac = (n: number) =>
  `52:54:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
const seen = (n: number, at: number, more: Partial<Sighting['facts']> = {}): Sighting => ({
  facts: { mac: mac(n), ...more },
  at,
  boots: false,
})
const macs = async (store: MachineStore) =>
  (await store.list({ limit: 500 })).items.map((machine) => machine.mac)

/** What every MachineStore promises. */
export function machineStoreContract(name: string, open: () => Promise<CatalogueUnderTest>): void {
  const promise = (sentence: string, body: (under: CatalogueUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await open()
      try {
        await body(under)
      } finally {
        await under.close()
      }
    })

  promise('what a machine does not tell stays as it was', async ({ machines }) => {
    const facts = { uuid: 'u', architecture: 'x86_64', firmware: 'uefi-x64', cpuLevel: 'x86-64-v3' } as const
    await machines.record([seen(1, 10, facts)])
    await machines.record([
      {
        facts: { mac: mac(1), serial: 's', address: '10.0.0.9', architecture: 'unknown' },
        at: 20,
        boots: true,
      },
    ])
    await machines.record([seen(1, 30)])
    assert.deepEqual(await machines.find(mac(1)), {
      mac: mac(1),
      uuid: 'u',
      serial: 's',
      firmware: 'uefi-x64',
      cpuLevel: 'x86-64-v3',
      address: '10.0.0.9',
      architecture: 'x86_64',
      image: undefined,
      nextImage: undefined,
      labels: [],
      installed: undefined,
      deployed: undefined,
      overwriteDisk: false,
      proxyDialect: undefined,
      loader: undefined,
      firstSeenAt: 10,
      lastSeenAt: 30,
      lastBootAt: 20,
      site: undefined,
    })
  })

  promise('a machine is at the site where it was last heard', async ({ machines }) => {
    await machines.record([{ ...seen(1, 10), site: 'grenoble' }, seen(2, 10)])
    assert.deepEqual(
      [(await machines.find(mac(1))).site, (await machines.find(mac(2))).site],
      ['grenoble', undefined],
    )
    await machines.change(mac(1), { labels: ['lab'] })
    assert.equal((await machines.find(mac(1))).site, 'grenoble')
    await machines.record([seen(1, 20), { ...seen(2, 20), site: 'annecy' }])
    assert.deepEqual(
      [(await machines.find(mac(1))).site, (await machines.find(mac(2))).site],
      [undefined, 'annecy'],
    )
  })

  promise('iPXE, which knows only "uefi", does not make the firmware less known', async ({ machines }) => {
    const firmwares = ['uefi', 'uefi-x64-http', 'uefi', 'uefi-x64', 'bios', 'uefi']
    const known: (string | undefined)[] = []
    for (const [at, firmware] of firmwares.entries()) {
      await machines.record([seen(1, at, { firmware })])
      known.push((await machines.find(mac(1))).firmware)
    }
    assert.deepEqual(known, ['uefi', 'uefi-x64-http', 'uefi-x64-http', 'uefi-x64', 'bios', 'uefi'])
  })

  promise(
    'an operator decides about a machine that was never heard, and takes it back',
    async ({ machines }) => {
      const made = await machines.change(mac(1), { proxyDialect: 'discovery-control', loader: 'snponly.efi' })
      assert.deepEqual(
        [made.proxyDialect, made.loader, made.firstSeenAt],
        ['discovery-control', 'snponly.efi', undefined],
      )
      assert.deepEqual(
        (await machines.withQuirks()).map((machine) => machine.mac),
        [mac(1)],
      )
      const back = await machines.change(mac(1), { proxyDialect: null })
      assert.deepEqual([back.proxyDialect, back.loader], [undefined, 'snponly.efi'])
      assert.equal((await machines.change(mac(1), {})).loader, 'snponly.efi')
    },
  )

  promise('what is on its disk, and whether it may be overwritten, is remembered', async ({ machines }) => {
    await machines.change(mac(1), { overwriteDisk: true })
    const made = await machines.change(mac(1), { deployed: 'demo@3' })
    assert.deepEqual([made.deployed, made.overwriteDisk], ['demo@3', true])
    const back = await machines.change(mac(1), { deployed: null, overwriteDisk: false })
    assert.deepEqual([back.deployed, back.overwriteDisk], [undefined, false])
  })

  promise('an image that is not there cannot be assigned', async ({ machines }) => {
    await assert.rejects(machines.change(mac(1), { image: 'none' }), { code: 'image_not_found' })
    await assert.rejects(machines.find(mac(1)), { code: 'machine_not_found' })
  })

  promise('two thousand sightings in one call, then pages by address', async ({ machines }) => {
    await machines.record(Array.from({ length: 2000 }, (_, n) => seen(n, n)))
    const first = await machines.list({ limit: 500 })
    assert.equal(first.items.length, 500)
    const second = await machines.list({ limit: 500, after: first.next })
    assert.equal(second.items[0]?.mac, mac(500))
  })

  promise('lists can be searched, and filtered by label, site and state', async ({ machines, catalogue }) => {
    const kernel = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
    await catalogue.addRelease(linuxRelease({ kernel }))
    await machines.record([
      seen(1, 10, { product: 'OptiPlex 7010', serial: 'S_1', address: '10.1.2.3' }),
      { ...seen(2, 20, { manufacturer: 'Dell 100%', serial: 'SX1' }), site: 'grenoble' },
      seen(3, 30),
    ])
    await machines.change(mac(1), { labels: ['lab', 'rack=4'], image: 'demo' })
    await machines.change(mac(2), { labels: ['LAB', 'lab2'], nextImage: 'demo' })
    await machines.change(mac(3), { deployed: 'demo@1' })
    await machines.change(mac(4), { labels: ['other'] })
    const found = async (query: Partial<MachineQuery>) =>
      (await machines.list({ limit: 500, ...query })).items.map((one) => Number(one.mac.slice(-2)))
    const tries: readonly (readonly [Partial<MachineQuery>, readonly number[]])[] = [
      [{ search: 'optiplex' }, [1]],
      [{ search: 's_1' }, [1]],
      [{ search: '100%' }, [2]],
      [{ search: '%' }, [2]],
      [{ search: '\\' }, []],
      [{ search: '5254.0000' }, [1, 2, 3, 4]],
      [{ search: '52-54-00-00-00-03' }, [3]],
      [{ search: '10.1.2' }, [1]],
      [{ search: 'rack=' }, [1]],
      [{ label: 'lab' }, [1]],
      [{ label: 'LAB' }, [2]],
      [{ label: 'rack=4' }, [1]],
      [{ label: 'rack' }, []],
      [{ site: 'grenoble' }, [2]],
      [{ state: 'assigned' }, [1]],
      [{ state: 'once' }, [2]],
      [{ state: 'installed' }, [3]],
      [{ state: 'undecided' }, [4]],
      [{ state: 'unheard' }, [4]],
      [{ state: 'assigned', label: 'LAB' }, []],
    ]
    for (const [query, expected] of tries)
      assert.deepEqual(await found(query), expected, JSON.stringify(query))
  })

  promise('who was heard last comes first, in pages, also of those heard at once', async ({ machines }) => {
    await machines.record([seen(1, 10), seen(2, 30), seen(3, 20), seen(4, 20), seen(5, 20)])
    await machines.change(mac(6), { labels: ['lab'] })
    const order: string[] = []
    let after: string | undefined
    do {
      const page = await machines.list({ limit: 2, order: 'seen', after })
      order.push(...page.items.map((one) => one.mac))
      after = page.next
    } while (after !== undefined)
    assert.deepEqual(order, [2, 3, 4, 5, 1, 6].map(mac))
    assert.deepEqual((await machines.list({ limit: 2, order: 'seen', after: 'nonsense' })).items, [])
  })

  promise(
    'two that write the same machines at once, each in its order, do not stop each other',
    async ({ machines }) => {
      const some = Array.from({ length: 1000 }, (_, n) => seen(n, n))
      for (let round = 0; round < 5; round++)
        await Promise.all([machines.record(some), machines.record(some.toReversed()), machines.record(some)])
      assert.equal((await macs(machines)).length, 500)
    },
  )

  promise(
    'strangers beyond the newest are forgotten, those that only spoke by DHCP first; who was decided about is not',
    async ({ machines }) => {
      await machines.record([{ ...seen(1, 1), boots: true }, seen(2, 2), seen(3, 3), seen(4, 4), seen(5, 5)])
      await machines.change(mac(2), { loader: 'snponly.efi' })
      assert.equal(await machines.prune(2), 2)
      assert.deepEqual(await macs(machines), [mac(1), mac(2), mac(5)])
    },
  )

  promise('a machine is forgotten', async ({ machines }) => {
    await machines.record([seen(1, 1)])
    await machines.remove(mac(1))
    assert.deepEqual(await macs(machines), [])
    await assert.rejects(machines.remove(mac(1)), { code: 'machine_not_found' })
  })
}

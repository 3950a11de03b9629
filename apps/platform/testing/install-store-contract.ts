import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import type { CatalogueStore } from '../src/catalogue/catalogue-store.ts'
import type { InstallStore } from '../src/installs/install-store.ts'
import type { PhoneLineStore } from '../src/installs/phone-log.ts'
import type { Template } from '../src/installs/template.ts'
import type { MachineStore } from '../src/machines/machine-store.ts'

export type InstallsUnderTest = {
  readonly store: InstallStore
  /** The same data with another key. */
  readonly withOtherKey: InstallStore
  readonly lines: PhoneLineStore
  readonly catalogue: CatalogueStore
  readonly machines: MachineStore
  /** All that stands in the table of values, as text. */
  readonly raw: () => Promise<string>
  readonly close: () => Promise<void>
}

const mac = '52:54:00:00:00:01'
const template: Template = {
  image: 'demo',
  name: 'preseed',
  format: 'preseed',
  fetches: 2,
  installs: true,
  variables: [
    {
      name: 'password',
      description: 'of root',
      kind: 'line',
      choices: ['a', 'b'],
      default: undefined,
      required: true,
      secret: true,
    },
  ],
  files: [{ name: 'preseed.cfg', text: 'ü\n' }],
  changedAt: 5,
  changedBy: 'admin',
}
const given = { name: 'password', value: 'hunter2', secret: false, setAt: 7, setBy: 'admin' } as const
const none = { machines: [], labels: [], images: [] }

/** What every InstallStore and PhoneLineStore promises. */
export function installStoreContract(name: string, open: () => Promise<InstallsUnderTest>): void {
  const promise = (sentence: string, body: (under: InstallsUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await open()
      try {
        const file = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
        await under.catalogue.addRelease(linuxRelease({ kernel: file, initrds: [], cmdline: '' }))
        await under.machines.change(mac, {})
        await body(under)
      } finally {
        await under.close()
      }
    })

  promise('a template is kept as it is, replaced, and goes', async ({ store }) => {
    await store.putTemplate(template)
    assert.deepEqual(await store.templatesOf(['demo', 'other']), [template])
    const other: Template = { ...template, format: 'text', installs: false, variables: [], changedAt: 6 }
    await store.putTemplate(other)
    await store.putTemplate({ ...other, name: 'a' })
    assert.deepEqual(await store.templatesOf(['demo']), [{ ...other, name: 'a' }, other])
    await store.removeTemplate('demo', 'a')
    await assert.rejects(store.removeTemplate('demo', 'a'), { code: 'template_not_found' })
    await assert.rejects(store.removeTemplate('none', 'a'), { code: 'image_not_found' })
    await assert.rejects(store.putTemplate({ ...template, image: 'none' }), { code: 'image_not_found' })
    assert.deepEqual(await store.templatesOf([]), [])
  })

  promise(
    'templates of all images come in pages, those of removed images not',
    async ({ store, catalogue }) => {
      const file = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
      for (const image of ['demo-2', 'zoo'])
        await catalogue.addRelease(linuxRelease({ image, kernel: file, initrds: [], cmdline: '' }))
      const all = [
        ['demo', 'a'],
        ['demo', 'b'],
        ['demo-2', 'a'],
        ['zoo', 'a'],
      ] as const
      for (const [image, name] of all.toReversed()) await store.putTemplate({ ...template, image, name })
      const found: string[] = []
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const { items, next } = await store.listTemplates({ limit: 2, after })
        found.push(...items.map(({ image, name }) => `${image}/${name}`))
        after = next
      }
      assert.deepEqual(
        found,
        all.map(([image, name]) => `${image}/${name}`),
      )
      await catalogue.removeImage('zoo')
      assert.equal((await store.listTemplates({ limit: 9 })).items.length, 3)
    },
  )

  promise('values are kept encrypted, found by whose they are, and go', async (under) => {
    const { store, raw, withOtherKey } = under
    const all = [
      { ...given, scope: 'machine', of: mac },
      { ...given, scope: 'label', of: 'web' },
      { ...given, scope: 'image', of: 'demo', name: 'user', value: '' },
    ] as const
    for (const value of all) await store.setValue(value)
    assert.deepEqual(await store.values({ machines: [mac], labels: ['web', 'db'], images: ['demo'] }), all)
    assert.deepEqual(await store.values({ ...none, labels: ['web'] }), [all[1]])
    assert.deepEqual(await store.values(none), [])
    assert.ok(!(await raw()).includes('hunter2'))
    await store.setValue({ ...all[0], value: 'other', setAt: 8 })
    assert.equal((await store.values({ ...none, machines: [mac] }))[0]?.value, 'other')
    assert.equal(await withOtherKey.unreadable(), 3)
    assert.equal((await withOtherKey.values({ ...none, machines: [mac] }))[0]?.value, undefined)
    assert.equal(await store.unreadable(), 0)
    assert.equal(await store.removeValue(all[0]), true)
    assert.equal(await store.removeValue(all[0]), false)
    await assert.rejects(store.setValue({ ...all[2], of: 'none' }), { code: 'image_not_found' })
    await assert.rejects(store.setValue({ ...all[0], of: '52:54:00:00:00:99' }), {
      code: 'machine_not_found',
    })
  })

  promise('a name that a template declares secret is secret for values of before', async ({ store }) => {
    await store.setValue({ ...given, scope: 'label', of: 'web' })
    await store.setValue({ ...given, scope: 'label', of: 'web', name: 'user' })
    assert.deepEqual(await store.secretNames(), new Set())
    await store.putTemplate(template)
    assert.deepEqual(await store.secretNames(), new Set(['password']))
    const secrets = (await store.values({ ...none, labels: ['web'] })).map((value) => [
      value.name,
      value.secret,
    ])
    assert.deepEqual(secrets, [
      ['password', true],
      ['user', false],
    ])
  })

  promise('who has a template or a value is known, each once', async ({ store }) => {
    assert.deepEqual(await store.owners(), [])
    await store.putTemplate(template)
    await store.setValue({ ...given, scope: 'image', of: 'demo' })
    await store.setValue({ ...given, scope: 'label', of: 'web' })
    await store.setValue({ ...given, scope: 'label', of: 'web', name: 'user' })
    const owners = (await store.owners()).map(({ scope, of }) => `${scope} ${of}`)
    assert.deepEqual([...owners].sort(), ['image demo', 'label web'])
  })

  promise(
    'what belongs to a machine or an image goes with it',
    async ({ store, machines, catalogue, lines }) => {
      await store.putTemplate(template)
      await store.setValue({ ...given, scope: 'machine', of: mac })
      await store.setValue({ ...given, scope: 'image', of: 'demo' })
      await lines.add([{ mac, at: 1, release: 'demo@1', state: 'log', text: 'x' }], 50)
      await machines.remove(mac)
      await catalogue.removeImage('demo')
      assert.deepEqual(await store.values({ machines: [mac], labels: [], images: ['demo'] }), [])
      assert.deepEqual(await store.templatesOf(['demo']), [])
      assert.deepEqual(await store.secretNames(), new Set())
      assert.deepEqual(await lines.of(mac), [])
    },
  )

  promise('a machine with a value is no stranger that is forgotten', async ({ store, machines }) => {
    await store.setValue({ ...given, scope: 'machine', of: mac })
    await machines.record([{ facts: { mac: '52:54:00:00:00:02' }, at: 9, boots: true }])
    await machines.prune(0)
    assert.deepEqual(
      (await machines.list({ limit: 10 })).items.map((machine) => machine.mac),
      [mac],
    )
  })

  promise('of each known machine the last lines are kept, in their order', async ({ lines }) => {
    const line = (n: number, of = mac) =>
      ({
        mac: of,
        at: 1000 + Math.floor(n / 10),
        release: 'demo@1',
        state: 'log',
        text: `line ${n}`,
      }) as const
    await lines.add(
      Array.from({ length: 30 }, (_, n) => line(n)),
      50,
    )
    await lines.add([...Array.from({ length: 40 }, (_, n) => line(30 + n)), line(0, '52:54:00:00:00:77')], 50)
    const kept = await lines.of(mac)
    assert.deepEqual(
      kept,
      Array.from({ length: 50 }, (_, n) => line(20 + n)),
    )
    assert.deepEqual(await lines.of('52:54:00:00:00:77'), [])
  })
}

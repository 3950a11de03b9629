import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import type { CatalogueStore } from '../src/catalogue/catalogue-store.ts'
import type { BootRights, GrantStore } from '../src/identity/grants.ts'
import type { ExternalUserStore, GroupList, UserStore } from '../src/identity/identity-store.ts'

type Opened = {
  readonly grants: GrantStore & BootRights
  readonly users: UserStore & ExternalUserStore
  readonly groups: GroupList
  readonly catalogue: CatalogueStore
} & AsyncDisposable

const kernel = { name: 'vmlinuz', digest: `sha256:${'1'.repeat(64)}`, size: 1 }
const releaseOf = (image: string) => linuxRelease({ image, kernel })
const nobody = { users: [], groups: [] }

/** What every store of grants does; `open` gives an empty one. */
export function grantStoreContract(name: string, open: () => Promise<Opened>): void {
  const withImages = async () => {
    const opened = await open()
    for (const image of ['debian', 'fedora', 'tools']) await opened.catalogue.addRelease(releaseOf(image))
    const usual = { passwordPhc: 'x', createdAt: 1 }
    for (const [user, role, groups] of [
      ['admin', 'administrator', []],
      ['publisher', 'publisher', []],
      ['operator', 'operator', []],
      ['viewer', 'viewer', ['lab']],
      ['ann', 'user', ['lab', 'staff']],
      ['bob', 'user', []],
    ] as const)
      await opened.users.addUser({ ...usual, name: user, role, groups })
    const may = async (user: string) => {
      const images = await opened.grants.allowedImages(user)
      return images === 'all' ? images : [...images].sort().join(' ')
    }
    return { ...opened, may }
  }

  test(`${name}: without a grant only who publishes, operates or administers boots`, async () => {
    await using opened = await withImages()
    for (const user of ['admin', 'publisher', 'operator']) assert.equal(await opened.may(user), 'all')
    for (const user of ['viewer', 'ann', 'bob', 'nobody', '']) assert.equal(await opened.may(user), '')
    assert.deepEqual(await opened.grants.grantsOf('debian'), { everyone: false, ...nobody })
  })

  test(`${name}: a user, a group and everyone are allowed, and disallowed again`, async () => {
    await using opened = await withImages()
    const { grants, may } = opened
    const change = { everyone: true, allow: { users: ['bob'], groups: [] } }
    assert.deepEqual(await grants.change('tools', change), { everyone: true, users: ['bob'], groups: [] })
    await grants.change('debian', { allow: { users: ['bob', 'bob'], groups: ['lab', 'lab'] } })
    await grants.change('fedora', { allow: { users: [], groups: ['staff', 'nobody is in it'] } })
    assert.deepEqual(
      [await may('ann'), await may('bob'), await may('viewer'), await may('nobody')],
      ['debian fedora tools', 'debian tools', 'debian tools', ''],
    )
    await grants.change('debian', { allow: { users: ['ann'], groups: [] } })
    const rest = await grants.change('debian', { disallow: { users: ['bob'], groups: ['lab'] } })
    assert.deepEqual(rest, { everyone: false, users: ['ann'], groups: [] })
    await grants.change('tools', { everyone: false })
    assert.deepEqual(
      [await may('ann'), await may('bob'), await may('viewer')],
      ['debian fedora', 'tools', ''],
    )
    assert.deepEqual(await grants.grantsOf('fedora'), {
      everyone: false,
      users: [],
      groups: ['nobody is in it', 'staff'],
    })
  })

  test(`${name}: grants follow the groups of today, and disabled users boot nothing`, async () => {
    await using opened = await withImages()
    await opened.grants.change('debian', { everyone: true, allow: { users: ['ann'], groups: ['lab'] } })
    await opened.grants.change('fedora', { allow: { users: [], groups: ['lab'] } })
    await opened.users.changeUser('ann', { groups: ['staff'] }, 5)
    assert.equal(await opened.may('ann'), 'debian')
    for (const user of ['ann', 'operator']) {
      await opened.users.changeUser(user, { disabled: true }, 5)
      assert.equal(await opened.may(user), '')
    }
  })

  test(`${name}: a grant goes with its user and with its image`, async () => {
    await using opened = await withImages()
    await opened.grants.change('debian', { allow: { users: ['ann', 'bob'], groups: [] } })
    await opened.users.removeUser('ann')
    const again = { name: 'ann', role: 'user', passwordPhc: 'x', groups: [], createdAt: 1 } as const
    await opened.users.addUser(again)
    assert.equal(await opened.may('ann'), '')
    assert.deepEqual((await opened.grants.grantsOf('debian')).users, ['bob'])
    await opened.catalogue.removeImage('debian')
    assert.equal(await opened.may('bob'), '')
    await assert.rejects(opened.grants.grantsOf('debian'), { code: 'image_not_found' })
    await opened.catalogue.addRelease(releaseOf('debian'))
    assert.equal(await opened.may('bob'), '')
  })

  test(`${name}: a user or an image that is not there is told, and nothing is changed`, async () => {
    await using opened = await withImages()
    const wrong = { everyone: true, allow: { users: ['bob', 'Bob'], groups: [] } }
    await assert.rejects(opened.grants.change('debian', wrong), { code: 'user_not_found', message: /Bob/ })
    assert.deepEqual(await opened.grants.grantsOf('debian'), { everyone: false, ...nobody })
    await assert.rejects(opened.grants.change('nothing', {}), { code: 'image_not_found' })
  })

  test(`${name}: all grants come in pages by image, those of removed images not`, async () => {
    await using opened = await withImages()
    const { grants } = opened
    await grants.change('debian', { everyone: true, allow: { users: ['bob', 'ann'], groups: ['lab'] } })
    const debian = { image: 'debian', everyone: true, users: ['ann', 'bob'], groups: ['lab'] }
    const first = await grants.listGrants({ limit: 2 })
    assert.deepEqual(first, {
      items: [debian, { image: 'fedora', everyone: false, ...nobody }],
      next: 'fedora',
    })
    const rest = await grants.listGrants({ limit: 2, after: 'fedora' })
    assert.deepEqual(rest, { items: [{ image: 'tools', everyone: false, ...nobody }], next: undefined })
    await opened.catalogue.removeImage('debian')
    assert.deepEqual(
      (await grants.listGrants({ limit: 9 })).items.map(({ image }) => image),
      ['fedora', 'tools'],
    )
  })

  test(`${name}: groups are those that somebody is in and those that may boot something`, async () => {
    await using opened = await withImages()
    const { grants, groups } = opened
    await grants.change('tools', { allow: { users: [], groups: ['lab', 'nobody is in it'] } })
    await grants.change('debian', { allow: { users: [], groups: ['lab'] } })
    const lab = { name: 'lab', members: 2, images: ['debian', 'tools'] }
    const empty = { name: 'nobody is in it', members: 0, images: ['tools'] }
    const first = await groups.listGroups({ limit: 2 })
    assert.deepEqual(first, { items: [lab, empty], next: 'nobody is in it' })
    const staff = { name: 'staff', members: 1, images: [] }
    assert.deepEqual(await groups.listGroups({ limit: 2, after: first.next }), {
      items: [staff],
      next: undefined,
    })
    await opened.catalogue.removeImage('tools')
    assert.deepEqual((await groups.listGroups({ limit: 9 })).items, [{ ...lab, images: ['debian'] }, staff])
  })
}

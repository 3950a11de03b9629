import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { forge, imageDocument, kernel, keyDocument, names, said, told } from '../testing/forge-suite.ts'
import { listed } from '../testing/published-client.ts'
import { textAt } from '../testing/strict-document.ts'

test('a published client finds the status, who it is, what there is, and downloads it', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  assert.equal(textAt(await client.get('users/viewer'), 'loginName'), 'viewer')
  assert.deepEqual(names(await client.appliances()), ['demo', 'other'])
  const images = await client.images()
  assert.deepEqual(
    images.map((image) => [textAt(image, 'name'), textAt(image, 'revision'), textAt(image, 'format/name')]),
    [
      ['demo', '2', 'PXE'],
      ['demo', '1', 'PXE'],
      ['other', '1', 'PXE'],
    ],
  )
  const [newest] = images
  assert.ok(newest)
  assert.deepEqual(await client.download(newest), rig.bundle)
  assert.equal(textAt(await client.ended(newest), 'percentage'), '100')
  const profile = await client.get(`${textAt(newest, 'parentUri')}/installProfile`)
  assert.equal(textAt(profile, 'applianceUri'), textAt(newest, 'parentUri'))
})

test('every resource that a client reads is a document of the schema, empty lists with their inner element', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const full = { orgs: 1, targetformats: 1, formats: 1, appliances: 2, images: 3, 'images/status': 3 }
  const empty = { targetplatforms: 0, accounts: 0, apikeys: 0, pimages: 0, 'pimages/status': 0 }
  for (const [path, count] of Object.entries({ ...full, ...empty })) {
    const root = await client.get(`users/viewer/${path}`)
    assert.equal(listed(root, root.name).length, count, path)
    assert.equal(textAt(root, 'total'), String(count))
  }
  const format = (await client.get('users/viewer/targetformats')).children[1]?.children[0]
  assert.equal(format && textAt(format, 'type'), 'physical')
  for (const path of ['orgs/1', 'orgs/1/targetformats', 'orgs/1/targetformats/1', 'orgs/1/targetplatforms'])
    await client.get(path)
  const [image] = await client.images()
  const parent = image && textAt(image, 'parentUri')
  for (const path of ['', '/images', '/images/statuses', '/pimages']) await client.get(`${parent}${path}`)
  for (const path of ['', '/status', '/pimages']) await client.get(`${told(image, 'uri')}${path}`)
})

test('lists are asked for by the queries that clients write, and numbers stay what they are', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const find = async (query: string) =>
    (await client.appliances(`?query=${query}`)).map((one) => textAt(one, 'dbId'))
  const [id] = await find("name=='demo';version=='1.0'")
  assert.deepEqual(await find(`dbId==${id}`), [id])
  assert.deepEqual(await find(encodeURIComponent("name=='no*'")), [])
  await rig.catalogue.addRelease(
    linuxRelease({ image: 'a', kernel: { name: 'k', digest: `sha256:${'2'.repeat(64)}`, size: 1 } }),
  )
  assert.deepEqual(await find("name=='demo'"), [id])
  await assert.rejects(client.appliances('?query=name'), said(400, /cannot be understood/))
  assert.deepEqual(names(await client.appliances('?orderBy=name&descending=true&count=1')), ['other'])
})

test('each role sees and does only what it may, as by our own API', async () => {
  await using rig = await forge()
  const admin = await rig.client('administrator')
  const other = (await admin.appliances()).find((one) => textAt(one, 'name') === 'other')
  const uri = told(other, 'uri')
  for (const role of ['administrator', 'publisher', 'operator', 'viewer'])
    assert.equal((await (await rig.client(role)).images()).length, 3, role)
  const user = await rig.client('user')
  assert.deepEqual(names(await user.appliances()), ['demo'])
  const images = await user.images()
  assert.deepEqual(
    [names(images), images.map((one) => textAt(one, 'downloadUri'))],
    [
      ['demo', 'demo'],
      [undefined, undefined],
    ],
  )
  await assert.rejects(user.get(uri.replace('administrator', 'user')), said(404, /You see no appliance/))
  await assert.rejects(user.get('users/administrator/appliances'), said(403, /of another user/))
  await assert.rejects(user.get('users/nobody'), said(403, /of another user/))
  const downloads = `${images[0] && textAt(images[0], 'uri')}/downloads`
  await assert.rejects(user.get(downloads), said(403, /images\.read/))
  await assert.rejects(user.call('POST', 'users/user/apikeys', keyDocument('ci')), said(403, /tokens\.make/))
  for (const role of ['operator', 'viewer', 'user']) {
    const client = await rig.client(role)
    const mine = told((await client.images())[0], 'uri')
    await assert.rejects(client.remove(mine), said(403, /images\.publish/), role)
    await assert.rejects(
      client.call('POST', mine.replace(/\/\d+$/, ''), imageDocument),
      said(403, /builds\.run/),
    )
  }
  assert.equal((await admin.images()).length, 3)
  assert.ok(rig.audit.includes('user POST users/:uid/apikeys  refused'))
})

test('a release is removed by who publishes, unless it is in use', async () => {
  await using rig = await forge()
  const client = await rig.client('publisher')
  await rig.catalogue.addRelease(linuxRelease({ image: 'demo', kernel }))
  const [newest, , oldest] = await client.images()
  assert.ok(newest && oldest)
  await assert.rejects(client.remove(told(newest, 'uri')), said(409, /is used by/))
  await client.remove(told(oldest, 'uri'))
  await assert.rejects(client.get(told(oldest, 'uri')), said(404, /has no image/))
  assert.equal((await client.images()).length, 3)
  assert.deepEqual(rig.changes, ['changed'])
  assert.ok(rig.audit.includes('publisher removeRelease demo@1'))
})

test('an API key is shown whole once, signs requests for its user, makes no others, and goes', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const made = await client.call('POST', 'users/viewer/apikeys', keyDocument('ci'))
  const pair = { publicKey: told(made, 'publicKey'), secretKey: told(made, 'secretKey') }
  assert.ok(pair.publicKey.length >= 24 && pair.secretKey.length >= 40)
  const [shown] = listed(await client.get('users/viewer/apikeys'), 'apiKeyPairs')
  assert.ok(shown)
  assert.deepEqual(
    ['publicKey', 'name', 'secretKey'].map((name) => textAt(shown, name)),
    [pair.publicKey, 'ci', undefined],
  )
  const signing = await rig.client('viewer', { by: pair })
  assert.equal((await signing.images()).length, 3)
  assert.deepEqual(names(await signing.appliances("?query=name=='demo'")), ['demo'])
  await assert.rejects(
    signing.call('POST', 'users/viewer/apikeys', keyDocument('more')),
    said(403, /makes no others/),
  )
  await assert.rejects(signing.get('users/administrator'), said(403, /of another user/))
  const other = await rig.client('operator')
  await assert.rejects(
    other.remove(told(shown, 'uri').replace('viewer', 'operator')),
    said(404, /no such API key/),
  )
  await client.remove(told(shown, 'uri'))
  await assert.rejects(signing.images(), said(401, /unknown, or the address is not signed/))
  assert.deepEqual(
    rig.audit.filter((line) => /ApiKey/.test(line)),
    [`viewer makeApiKey ${pair.publicKey}`, `viewer removeApiKey ${pair.publicKey}`],
  )
  assert.ok(!rig.logged.join('').includes(pair.secretKey))
})

test('what is not there is told as an error of UForge, and our own API stays as it is', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const nothing = [
    'nothing',
    'users/viewer/none',
    'users/viewer/appliances/99',
    'users/viewer/appliances/x',
    'users/viewer/accounts/1',
    'users/viewer/images/',
    'orgs/2',
  ]
  for (const path of nothing) await assert.rejects(client.get(path), said(404, /./), path)
  await assert.rejects(client.call('PUT', 'users/viewer'), said(404, /PUT/))
  await assert.rejects(client.call('POST', 'users/viewer/accounts', imageDocument), said(400, /clouds/))
  const image = (await client.images())[0]
  await assert.rejects(
    client.call('POST', `${told(image, 'uri')}/pimages`, imageDocument),
    said(400, /not published to a cloud/),
  )
  const publisher = await rig.client('publisher')
  const parent = told(image, 'parentUri').replace('viewer', 'publisher')
  await assert.rejects(
    publisher.call('POST', `${parent}/images`, imageDocument),
    said(404, /No builder makes it/),
  )
  await assert.rejects(
    publisher.call('POST', `${parent}/images`, imageDocument.replaceAll('>PXE<', '>kvm<')),
    said(400, /not kvm/),
  )
  const own = await fetch(`${rig.url}/v1/none`)
  assert.match(own.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const put = await fetch(`${rig.url}/v1/images`, { method: 'PUT' })
  assert.match(put.headers.get('content-type') ?? '', /^application\/problem\+json/)
})

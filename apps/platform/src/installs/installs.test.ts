import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ApiError, NewTemplate } from '@bootcast/contract'
import { startWholePlatform } from '../../testing/platform-suite.ts'

const mac = '52:54:00:12:34:56'
const query = `mac=${mac}&uuid=4c4c4544-0000-1000-8000-000000000001&serial=S-1&buildarch=x86_64&platform=pcbios`
type Platform = Awaited<ReturnType<typeof startWholePlatform>>

const preseed: NewTemplate = {
  format: 'preseed',
  variables: [
    { name: 'user', kind: 'user', default: 'operator' },
    { name: 'password', secret: true, required: true },
    { name: 'note' },
  ],
  files: [
    {
      name: 'preseed.cfg',
      text: [
        'd-i netcfg/get_hostname string {{hostname}}',
        'd-i passwd/username string {{user}}',
        'd-i passwd/user-password password {{password}}',
        '{{#if note}}',
        'd-i lab/note string {{note}}',
        '{{/if}}',
        'd-i preseed/late_command string wget {{phone-home}} {{serial}}',
        '',
      ].join('\n'),
    },
  ],
}

async function publish({ client, kernelLike, upload }: Platform, image: string, cmdline: string) {
  const kernel = { name: 'vmlinuz', digest: await upload(kernelLike(image)) }
  await client.call('publishRelease', { params: { name: image }, body: { kernel, cmdline } })
  await client.call('changeMachine', { params: { mac }, body: { image } })
}

const script = async ({ url }: Platform) => (await fetch(`${url}/boot.ipxe?${query}`)).text()
const put = ({ client }: Platform, name: string, body: NewTemplate) =>
  client.call('putTemplate', { params: { name: 'debian', template: name }, body })
const set = (
  { client }: Platform,
  name: string,
  value: string,
  scope: 'machine' | 'label' | 'image' = 'machine',
  of = mac,
) => client.call('setValue', { params: { scope, of, name }, body: { value } })
const refused = (code: string, detail: RegExp) => (error: ApiError) => {
  assert.equal(error.code, code)
  assert.match(error.message, detail)
  return true
}

test('a machine gets its document once, phones home, and starts from its disk until the image is assigned anew', async () => {
  await using platform = await startWholePlatform()
  const { client, url } = platform
  await publish(platform, 'debian', 'auto=true url={{preseed}} console=ttyS0')
  assert.match(await script(platform), /auto=true console=ttyS0/, 'without a template the word is left out')
  const kept = await put(platform, 'preseed', preseed)
  assert.deepEqual([kept.installs, kept.fetches, kept.isNamed], [true, 1, true])

  assert.match(await script(platform), /password has no value; give it one: bootcast machine set-value/)
  const explained = await client.call('explain', { query: { mac } })
  assert.equal(explained.does, 'wait')
  assert.deepEqual(
    explained.rules.slice(-2).map(({ rule, decided }) => [rule, decided]),
    [
      ['assignment', false],
      ['template', true],
    ],
  )

  const shown = await set(platform, 'password', 'hunter2 $x')
  assert.deepEqual([shown.secret, shown.value], [true, undefined])
  const text = await script(platform)
  const document = /url=(http:\S+\/documents\/preseed\/preseed\.cfg)/.exec(text)?.[1] ?? ''
  assert.ok(document.startsWith(url), text)
  const answers = await (await fetch(document)).text()
  const [boot] = document.split('/documents')
  assert.equal(
    answers,
    [
      'd-i netcfg/get_hostname string host-525400123456',
      'd-i passwd/username string operator',
      'd-i passwd/user-password password hunter2 $x',
      `d-i preseed/late_command string wget ${boot}/phone-home S-1`,
      '',
    ].join('\n'),
  )
  assert.equal((await fetch(document)).status, 403)

  await fetch(`${boot}/phone-home?state=log&text=partman+starts`)
  assert.equal((await fetch(`${boot}/phone-home?state=done`)).status, 200)
  const machine = await client.call('showMachine', { params: { mac } })
  assert.equal(machine.installed, 'debian@1')
  assert.deepEqual(
    machine.calls?.map(({ state, text: said, release }) => [state, said, release]),
    [
      ['log', 'partman starts', 'debian@1'],
      ['done', '', 'debian@1'],
    ],
  )
  assert.match(await script(platform), /debian@1 is installed on its disk/)
  await client.call('changeMachine', { params: { mac }, body: { image: 'debian' } })
  assert.match(await script(platform), /documents\/preseed/)
  assert.ok(!platform.logged.join('').includes('hunter2'))
})

test('a live image that phones home goes on booting from the network', async () => {
  await using platform = await startWholePlatform()
  await publish(platform, 'debian', 'conf={{conf}}')
  const files = [{ name: 'conf', text: 'call {{phone-home}}' }]
  await put(platform, 'conf', { format: 'text', files })
  const boot = /(http:\S+)\/documents\/conf\/conf/.exec(await script(platform))?.[1]
  assert.equal((await fetch(`${boot}/phone-home`)).status, 200)
  assert.match(await script(platform), /documents\/conf/)
})

test('a folder of several files, each fetched as often as it may be', async () => {
  await using platform = await startWholePlatform()
  await publish(platform, 'debian', 'ds=nocloud;s={{autoinstall}}')
  const text = '#cloud-config\nhostname: {{hostname}}\n'
  const files = [
    { name: 'user-data', text },
    { name: 'meta-data', text: 'instance-id: {{uuid}}\n' },
  ]
  await put(platform, 'autoinstall', { format: 'cloud-init', fetches: 2, files })
  const folder = /s=(http:\S+\/documents\/autoinstall\/)/.exec(await script(platform))?.[1] ?? ''
  await set(platform, 'hostname', 'web-1')
  for (const status of [200, 200, 403]) assert.equal((await fetch(`${folder}user-data`)).status, status)
  assert.equal(
    await (await fetch(`${folder}meta-data`)).text(),
    'instance-id: "4c4c4544-0000-1000-8000-000000000001"\n',
  )
  assert.equal((await fetch(`${folder}vendor-data`)).status, 404)
})

test('the preview is the text that the machine gets, secrets as dots, problems with their lines', async () => {
  await using platform = await startWholePlatform()
  const { client } = platform
  await publish(platform, 'debian', 'url={{preseed}}')
  await put(platform, 'preseed', preseed)
  const params = { name: 'debian', template: 'preseed' }
  const before = await client.call('previewTemplate', { params, query: { mac } })
  assert.deepEqual(
    before.problems.map(({ where, line, variable }) => [where, line, variable]),
    [
      ['preseed', 3, 'password'],
      ['preseed', 7, 'serial'],
    ],
  )
  await script(platform)
  await set(platform, 'password', 'hunter2')
  await set(platform, 'note', 'for the label', 'image', 'debian')
  const after = await client.call('previewTemplate', { params, query: { mac } })
  assert.deepEqual(after.problems, [])
  assert.match(
    after.files[0]?.text ?? '',
    /user-password password •••••\nd-i lab\/note string for the label\n/,
  )
  assert.ok(!JSON.stringify(after).includes('hunter2'))
  assert.deepEqual(
    after.values.map(({ name, value, from }) => [name, value, from]),
    [
      ['user', 'operator', 'default'],
      ['password', undefined, 'machine'],
      ['note', 'for the label', 'image debian'],
    ],
  )
  const revealed = await client.call('revealTemplate', { params, body: { mac } })
  assert.match(revealed.files[0]?.text ?? '', /user-password password hunter2\n/)
})

test('a machine’s value goes before its label’s, that before the image’s; two labels that differ are told', async () => {
  await using platform = await startWholePlatform()
  const { client } = platform
  await publish(platform, 'debian', 'zone={{zone}} user={{user}}')
  const labelled = (labels: string[]) => client.call('changeMachine', { params: { mac }, body: { labels } })
  assert.doesNotMatch(await script(platform), /zone=/)
  await set(platform, 'zone', 'Image/Zone', 'image', 'debian')
  assert.match(await script(platform), /zone=Image\/Zone/)
  await set(platform, 'zone', 'Label/Zone', 'label', 'paris')
  await labelled(['paris'])
  assert.match(await script(platform), /zone=Label\/Zone/)
  await set(platform, 'zone', 'Other/Zone', 'label', 'berlin')
  await labelled(['paris', 'berlin'])
  assert.match(await script(platform), /labels berlin and paris give zone different values/)
  await set(platform, 'zone', 'Own/Zone')
  assert.match(await script(platform), /zone=Own\/Zone/)
  await client.call('removeValue', { params: { scope: 'machine', of: mac, name: 'zone' } })
  await labelled([])
  assert.match(await script(platform), /zone=Image\/Zone/)
  for (const bad of ['a b', 'a"b', '{{tree}}', '||', '${net0/mac}']) {
    await set(platform, 'zone', bad)
    assert.match(await script(platform), /zone cannot be a word of the command line/, bad)
  }
})

test('what cannot be kept is refused with its line and why', async () => {
  await using platform = await startWholePlatform()
  const { client } = platform
  await publish(platform, 'debian', 'url={{preseed}}')
  const file = (text: string) => ({ format: 'preseed' as const, files: [{ name: 'p', text }] })
  await assert.rejects(
    put(platform, 'preseed', file('\nd-i a/b string {{who}}')),
    refused('template_unusable', /who is not declared/),
  )
  await assert.rejects(
    put(platform, 'preseed', file('\n{{mac}}')),
    refused('template_unusable', /preseed line 2/),
  )
  await assert.rejects(
    put(platform, 'preseed', { ...file(''), variables: [{ name: 'mac' }] }),
    refused('template_unusable', /known of every machine/),
  )
  await assert.rejects(
    put(platform, 'preseed', { ...file(''), variables: [{ name: 'a', secret: true, default: 'x' }] }),
    refused('template_unusable', /default would be shown/),
  )
  await assert.rejects(
    put(platform, 'ignition', { format: 'ignition', files: [{ name: 'i', text: '{' }] }),
    refused('template_unusable', /no JSON/),
  )
  await put(platform, 'preseed', preseed)
  await assert.rejects(set(platform, 'user', 'Not A User'), refused('value_refused', /user name of Linux/))
  await assert.rejects(
    set(platform, 'password', 'a\nb', 'image', 'debian'),
    refused('value_refused', /one line of text/),
  )
  await assert.rejects(set(platform, 'mac', 'x'), refused('value_refused', /cannot be set/))
  await assert.rejects(set(platform, 'hostname', '-x'), refused('value_refused', /host name/))
  await assert.rejects(set(platform, 'user', 'a', 'image', 'none'), refused('image_not_found', /none/))
  const gone = { scope: 'machine', of: mac, name: 'user' } as const
  await assert.rejects(client.call('removeValue', { params: gone }), refused('value_not_found', /user/))
})

test('neither the database nor an answer nor the log has a secret', async () => {
  await using platform = await startWholePlatform()
  const { client, started } = platform
  await publish(platform, 'debian', 'url={{preseed}}')
  await client.call('setValue', {
    params: { scope: 'machine', of: mac, name: 'token' },
    body: { value: 'hunter2-hunter2', secret: true },
  })
  const { items } = await client.call('listValues', { params: { scope: 'machine', of: mac } })
  assert.deepEqual(
    items.map(({ name, secret, value }) => [name, secret, value]),
    [['token', true, undefined]],
  )
  for (const name of ['catalogue.db', 'catalogue.db-wal'])
    assert.ok(!(await readFile(join(started.data, name))).includes('hunter2-hunter2'), name)
  assert.ok(!platform.logged.join('').includes('hunter2'))
})

test('a template that is not kept is checked to the line and column, and leaves no trace', async () => {
  await using platform = await startWholePlatform()
  const { client } = platform
  await publish(platform, 'debian', 'url={{preseed}}')
  const check = (text: string, variables: NewTemplate['variables'] = [], of?: string) =>
    client.call('checkTemplate', {
      params: { name: 'debian', template: 'preseed' },
      body: {
        template: { format: 'text', variables, files: [{ name: 'conf', text }] },
        ...(of && { mac: of }),
      },
    })
  const wrong = await check('one\n two {{nobody}} {{A}}\n', [], mac)
  assert.deepEqual(
    wrong.problems.map(({ line, column, variable }) => [line, column, variable]),
    [
      [2, 17, undefined],
      [2, 6, 'nobody'],
    ],
  )
  assert.equal(wrong.preview, undefined)
  const { problems, preview } = await check('mac {{mac}}', [], mac)
  assert.deepEqual([problems, preview?.files], [[], [{ name: 'conf', text: `mac ${mac}` }]])
  assert.deepEqual((await client.call('listAllTemplates', { query: {} })).items, [])
  await put(platform, 'preseed', preseed)
  const [kept] = (await client.call('listAllTemplates', { query: {} })).items
  assert.deepEqual(
    [kept?.image, kept?.name, kept?.files, kept?.isNamed],
    ['debian', 'preseed', ['preseed.cfg'], true],
  )
  const { items } = await client.call('listAudit', { query: {} })
  assert.ok(items.some(({ action }) => action === 'putTemplate'))
  assert.ok(!items.some(({ action }) => action === 'checkTemplate'))
})

test('what is not kept finds out nothing of a secret value', async () => {
  await using platform = await startWholePlatform()
  await publish(platform, 'debian', 'url={{preseed}}')
  await put(platform, 'preseed', preseed)
  await set(platform, 'password', 'hunter2 $x')
  const asked = async (variable: { choices?: string[]; kind?: 'number' }) => {
    const files = [{ name: 'conf', text: 'is {{password}}' }]
    const variables = [{ name: 'password', ...variable }]
    const { preview } = await platform.client.call('checkTemplate', {
      params: { name: 'debian', template: 'other' },
      body: { template: { format: 'text', variables, files }, mac },
    })
    return preview
  }
  const answers = [await asked({}), await asked({ choices: ['a guess'] }), await asked({ kind: 'number' })]
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  assert.deepEqual(answers[0]?.problems, [])
  assert.match(answers[0]?.files[0]?.text ?? '', /^is •+$/)
  assert.deepEqual(answers[0]?.values, [{ name: 'password', secret: true, from: 'machine' }])
})

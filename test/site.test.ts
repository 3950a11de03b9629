import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { TestPlatform, TestSite, until } from './site/processes.ts'

const mac = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`
const patienceMs = 30_000

/** What Bootcast looks at of a kernel: the boot sector's marks (Documentation/arch/x86/boot.rst of Linux). */
function kernelOf(size: number): Buffer {
  const kernel = randomBytes(size)
  kernel.fill(0, 0, 1024)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  return kernel
}

const kernel = kernelOf(3_000_000)
const initrd = gzipSync(randomBytes(2_000_000), { level: 1 })
const size = kernel.length + initrd.length

describe('a site and its platform', { timeout: 240_000 }, () => {
  let platform: TestPlatform
  let site: TestSite
  let token: string
  let uplinkUrl: string

  before(async () => {
    platform = await TestPlatform.start()
    await platform.publish('demo', kernel, initrd)
    await platform.publish('secret', kernel, initrd)
    await platform.client.call('changeSettings', { body: { defaultImage: 'demo' } })
    site = await TestSite.make()
    const added = await platform.client.call('addSite', { body: { name: 'grenoble', images: ['demo'] } })
    token = added.join.token
    assert.match(added.join.command, /join https:\/\/127\.0\.0\.1:\d+ --token grenoble\./)
    uplinkUrl = /join (\S+)/.exec(added.join.command)?.[1] ?? ''
    await site.join(uplinkUrl, token)
  })

  after(async () => {
    await site?.[Symbol.asyncDispose]()
    await platform?.[Symbol.asyncDispose]()
  })

  test('a token counts once', async () => {
    await using other = await TestSite.make()
    await assert.rejects(other.join(uplinkUrl, token), /was used, is too old/)
  })

  test('machines boot from it, the bytes come over the line once, and the platform sees both boots', async () => {
    const files = await site.boot(mac(1))
    assert.ok(files[0]?.equals(kernel) && files[1]?.equals(initrd))
    const once = await site.metric('wan_bytes_total')
    assert.ok(once >= size && once < size * 1.1, `${once} bytes for ${size}`)
    const again = await site.boot(mac(2))
    assert.ok(again[0]?.equals(kernel) && again[1]?.equals(initrd))
    assert.equal(await site.metric('wan_bytes_total'), once)
    await until('the platform has both boots', patienceMs, async () => {
      const { items } = await platform.client.call('listBoots', { query: { site: 'grenoble' } })
      return (
        items.length === 2 && items.every(({ state, release }) => state === 'started' && release === 'demo@1')
      )
    })
    const machine = await platform.client.call('showMachine', { params: { mac: mac(1) } })
    assert.equal(machine.site, 'grenoble')
  })

  test('an image that is not permitted there does not boot, whoever decides it', async () => {
    await platform.client.call('changeMachine', { params: { mac: mac(3) }, body: { image: 'secret' } })
    const script = await site.script(mac(3))
    assert.match(script, /secret is not permitted at the site grenoble/)
    assert.doesNotMatch(script, /\/files\//)
  })

  test('a code on a screen of the site is approved at the platform', async () => {
    await platform.client.call('changeMachine', { params: { mac: mac(4) }, body: { image: null } })
    await platform.client.call('changeSettings', { body: { defaultImage: null } })
    const menu = await site.script(mac(4))
    const [, key = ''] = /(http:\/\/\S+\/b\/[A-Za-z0-9_-]{22})\/session/.exec(menu) ?? []
    const shown = await (
      await fetch(`${key}/session/code`, { headers: { 'user-agent': 'iPXE/2.0.0' } })
    ).text()
    const [code = ''] = /[B-Z]{4}-[B-Z]{4}/.exec(shown) ?? []
    assert.match(shown, new RegExp(`${platform.url}/activate`))
    const told = await platform.client.call('showCode', { params: { code } })
    assert.deepEqual([told.mac, told.site], [mac(4), 'grenoble'])
    const waiting = fetch(`${key}/session/wait`, { headers: { 'user-agent': 'iPXE/2.0.0' } })
    await platform.client.call('approveCode', { params: { code }, body: { image: 'demo' } })
    assert.match(await (await waiting).text(), /choose\?image=demo/)
    const chosen = await fetch(`${key}/session/choose?image=demo`, {
      headers: { 'user-agent': 'iPXE/2.0.0' },
    })
    assert.match(await chosen.text(), /\/files\//)
    await platform.client.call('changeSettings', { body: { defaultImage: 'demo' } })
  })

  test('while the platform is away known machines and people boot, and it hears of that once', async () => {
    await platform.client.call('changeSettings', { body: { defaultImage: null } })
    assert.match(await signIn(mac(5), 'admin', platform.password), /Sign out/)
    const known = await site.metric('policy_machines')
    await platform.client.call('changeMachine', { params: { mac: mac(6) }, body: { image: 'demo' } })
    await until('the policy has it', patienceMs, async () => (await site.metric('policy_machines')) > known)
    await until('it knows who may sign in', patienceMs, async () => (await site.metric('policy_users')) === 1)
    await platform.program.stop('SIGKILL')
    const began = Date.now()
    const files = await site.boot(mac(6))
    assert.ok(files[0]?.equals(kernel))
    assert.match(await signIn(mac(7), 'admin', platform.password), /Sign out/)
    assert.match(await signIn(mac(8), 'admin', 'another password'), /wrong|not/i)
    assert.match(await signIn(mac(9), 'nobody', platform.password), /wrong|reach|not/i)
    assert.equal((await fetch(`${site.statusUrl}/readyz`)).status, 200)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const ended = Date.now()
    await platform.program.start()
    await platform.signIn()
    await until('the platform has heard of it', patienceMs, async () => {
      const { items } = await platform.client.call('listBoots', { query: { machine: mac(6) } })
      return items[0]?.state === 'started'
    })
    const { items } = await platform.client.call('listBoots', { query: { machine: mac(6) } })
    assert.equal(items.length, 1)
    const at = Date.parse(items[0]?.beganAt ?? '')
    assert.ok(at > began - 2_000 && at < ended, 'it has the time at which it happened')
    await until('all was told', patienceMs, async () => (await site.metric('events_waiting')) === 0)
  })

  test('a site behind a site gets its bytes from there', async () => {
    await using child = await TestSite.make()
    const { join } = await platform.client.call('addSite', { body: { name: 'annecy', via: 'grenoble' } })
    await child.join(site.uplinkUrl, join.token)
    await platform.client.call('changeSettings', { body: { defaultImage: 'demo' } })
    const before = await site.metric('wan_bytes_total')
    const files = await child.boot(mac(10))
    assert.ok(files[0]?.equals(kernel) && files[1]?.equals(initrd))
    assert.equal(await site.metric('wan_bytes_total'), before)
    await until('the platform knows where it booted', patienceMs, async () => {
      const { items } = await platform.client.call('listBoots', { query: { site: 'annecy' } })
      return items[0]?.state === 'started'
    })
  })

  test('a site that is killed in a boot goes on where it was', async () => {
    const script = await site.script(mac(11))
    const [url = ''] = /http:\/\/\S+\/files\/\S+/.exec(script) ?? []
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await site.program.stop('SIGKILL')
    await site.program.start()
    const answer = await fetch(url)
    assert.equal(answer.status, 200, 'the key of the boot is good after the restart')
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(kernel))
  })

  test('the authority is replaced without anybody at the site', async () => {
    const { fingerprint } = await platform.client.call('showSiteAuthority', {})
    const { next } = await platform.client.call('renewSiteAuthority', { body: { step: 'prepare' } })
    await until('the site trusts both', patienceMs, async () => (await site.trusted()) === 2)
    const after = await platform.client.call('renewSiteAuthority', { body: { step: 'switch-over' } })
    assert.deepEqual(after, { fingerprint: next })
    assert.notEqual(next, fingerprint)
    await site.program.stop()
    await site.program.start()
    assert.equal((await site.boot(mac(12))).length, 2)
    assert.equal(await site.metric('upstream_there'), 1)
  })

  test('a site that is revoked boots nothing from that moment on', async () => {
    await platform.client.call('revokeSite', { params: { name: 'grenoble' } })
    await until('it says so', patienceMs, async () => (await site.script(mac(1))).includes('revoked'))
    assert.doesNotMatch(await site.script(mac(1)), /\/files\//)
    await until(
      'it is not ready',
      patienceMs,
      async () => (await fetch(`${site.statusUrl}/readyz`)).status === 503,
    )
    await site.program.stop()
    await platform.program.stop()
    await site.program.start()
    assert.doesNotMatch(await site.script(mac(1)), /\/files\//, 'nor after a restart without the platform')
  })

  async function signIn(of: string, user: string, password: string): Promise<string> {
    const menu = await site.script(of)
    const [, key = ''] = /(http:\/\/\S+\/b\/[A-Za-z0-9_-]{22})\/session/.exec(menu) ?? []
    const body = new URLSearchParams({ user: hex(user), password: hex(password) })
    const answer = await fetch(`${key}/session/check`, {
      method: 'POST',
      body,
      headers: { 'user-agent': 'iPXE/2.0.0' },
    })
    return await answer.text()
  }
})

const hex = (text: string): string => Buffer.from(text).toString('hex')

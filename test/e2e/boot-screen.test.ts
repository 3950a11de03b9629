import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import type { FirmwareName } from './lab/firmwares.ts'
import { Machine } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const patience = 4
const oddName = `a+b&c"d'e;f$g{h}`
const oddPassword = `p+& "w' ;$x{y} =%41`
const menuShown = /Sign in with user name and password/
const booted = (image: string) => new RegExp(`${bootedMarker} .*lab\\.image=${image}\\b`)

type Place = { readonly network: LabNetwork; readonly platform: Platform; readonly machine: Machine }

/** A platform with two images, and a machine for which nothing is decided. */
async function atItsMenu(
  name: string,
  firmware: FirmwareName,
  body: (place: Place) => Promise<void>,
  prepare: (platform: Platform) => Promise<void> = async () => undefined,
): Promise<void> {
  using network = await LabNetwork.open()
  await using platform = await Platform.start(network, 'server')
  for (const image of ['red', 'blue'])
    await platform.publish(image, await tinyLinux('amd64'), `console=ttyS0 lab.image=${image}`)
  await prepare(platform)
  await using machine = await Machine.start({ network, firmware, number: 1 })
  await withEvidence(name, machine, platform, async () => {
    await machine.console.expect(menuShown, machine.firmware.usualSeconds * patience)
    await body({ network, platform, machine })
  })
}

describe('in front of a machine for which nothing is decided', { skip, concurrency: 2 }, () => {
  for (const firmware of ['bios-ipxe-rom', 'bios-undionly', 'uefi-x64'] as const)
    test(`who types a name and a password boots an image of theirs: ${firmware}`, async (t) => {
      await atItsMenu(
        t.name,
        firmware,
        async ({ platform, machine }) => {
          await machine.keyboard.press('down', 'ret')
          await machine.console.expect(/Password/, 20)
          await machine.keyboard.type(`${oddName}\n${oddPassword}\n`)
          await machine.console.expect(/blue 1/, 30)
          await machine.keyboard.press('home', 'ret')
          await machine.console.expect(booted('blue'), 90)
          assert.ok(!platform.wholeLog.includes(oddPassword), 'the password is not in the log')
          assert.ok(!platform.wholeLog.includes(Buffer.from(oddPassword).toString('hex')))
        },
        async (platform) => {
          await platform.addUser(oddName, oddPassword)
          await platform.cli(['image', 'allow', 'blue', '--user', oddName])
        },
      )
    })

  test('three wrong passwords get the same words, then the right one signs in', async (t) => {
    await atItsMenu(t.name, 'bios-ipxe-rom', async ({ machine, platform }) => {
      await machine.keyboard.press('down', 'ret')
      for (const [user, password] of [
        ['admin', 'wrong one'],
        ['nobody', 'wrong too'],
        ['admin', 'wrong three'],
      ]) {
        await machine.console.expect(/Password/, 30)
        await machine.keyboard.type(`${user}\n${password}\n`)
        await machine.console.expect(/the user name or the password is wrong/, 30)
      }
      await machine.console.expect(/Password/, 30)
      await machine.keyboard.type(`admin\n${platform.password}\n`)
      await machine.console.expect(/signed in as admin/, 30)
    })
  })

  test('a code that is approved elsewhere lets the machine go on within two seconds', async (t) => {
    await atItsMenu(t.name, 'bios-ipxe-rom', async ({ machine, platform }) => {
      await machine.keyboard.press('ret')
      const [, code = ''] = await machine.console.expect(
        /\b([B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4})\b/,
        30,
      )
      await machine.console.expect(/session\/wait/, 20)
      await platform.cli(['approve', code, '--image', 'red'])
      await machine.console.expect(/Bootcast: starting red 1/, 2)
      await machine.console.expect(booted('red'), 90)
    })
  })

  test('a code that nobody approves: the machine boots by itself once something is assigned', async (t) => {
    await atItsMenu(t.name, 'uefi-x64', async ({ machine, platform }) => {
      await machine.keyboard.press('ret')
      await machine.console.expect(/session\/wait/, 30)
      await platform.cli(['machine', 'assign', machine.mac, 'red', '--once'])
      await machine.console.expect(booted('red'), 120)
      const shown = await platform.machine(machine.mac)
      assert.equal(shown['nextImage'], undefined, 'for one boot only')
    })
  })

  test('an opening that ends while the machine stands at the menu is closed to it', async (t) => {
    await atItsMenu(
      t.name,
      'bios-ipxe-rom',
      async ({ machine, platform }) => {
        await machine.console.expect(/red 1/, 10)
        await platform.cli(['opening', 'close', await openingOf(platform)])
        await machine.keyboard.press('down', 'down', 'ret')
        await machine.console.expect(/cannot be booted: red needs a sign-in/, 30)
        await platform.cli(['open', 'red', '--subnet', '10.77.0.0/24', '--boot', '--times', '1'])
        // A key leads to the menu, but now there is something that boots by itself.
        await machine.keyboard.press('ret')
        await machine.console.expect(booted('red'), 90)
      },
      async (platform) => {
        await platform.cli(['open', 'red', '--subnet', '10.77.0.0/24', '--for', '1h'])
      },
    )
  })

  test('a second machine that says the addresses of the first again gets nothing', async (t) => {
    await atItsMenu(
      t.name,
      'bios-ipxe-rom',
      async ({ network, platform, machine }) => {
        await machine.keyboard.press('down', 'down', 'ret')
        // SeaBIOS breaks lines after 80 characters.
        const [, shown = ''] = await machine.console.expect(
          /(http:\/\/\S+\/b\/[\s\S]{60,160}?\/vmlinuz\S*?)\.\.\./,
          60,
        )
        const url = shown.replace(/\s/g, '')
        await machine.console.expect(booted('red'), 90)
        await network.run(network.client, 'ip', ['addr', 'replace', '10.77.0.66/24', 'dev', 'eth0'])
        const status = [
          '--silent',
          '--output',
          '/dev/null',
          '--write-out',
          '%{http_code}',
          '--max-time',
          '10',
        ]
        assert.equal(await network.run(network.client, 'curl', [...status, url]), '403')
        assert.match(platform.log(40), /a key was refused/)
        assert.ok(
          !platform.wholeLog.includes(/\/b\/([^/]+)\//.exec(url)?.[1] ?? '?'),
          'keys are not in the log',
        )
      },
      async (platform) => {
        await platform.cli(['open', 'red', '--subnet', '10.77.0.0/24'])
      },
    )
  })

  test('two users see different menus at the same machine', async (t) => {
    await atItsMenu(
      t.name,
      'bios-ipxe-rom',
      async ({ machine }) => {
        const signIn = async (name: string) => {
          await machine.keyboard.press('home', 'down', 'ret')
          await machine.console.expect(/Password/, 20)
          await machine.keyboard.type(`${name}\ncorrect horse of ${name}\n`)
          await machine.console.expect(new RegExp(`signed in as ${name}`), 30)
        }
        await signIn('alice')
        const mark = machine.console.text.length
        await machine.console.expect(/Tools/, 10)
        assert.match(machine.console.text.slice(mark - 800), /red 1/)
        assert.doesNotMatch(machine.console.text.slice(mark - 800), /blue 1/)
        await machine.keyboard.press('down', 'ret')
        await machine.console.expect(menuShown, 30)
        await signIn('bob')
        await machine.console.expect(/blue 1/, 10)
      },
      async (platform) => {
        for (const [name, image] of [
          ['alice', 'red'],
          ['bob', 'blue'],
        ] as const) {
          await platform.addUser(name, `correct horse of ${name}`)
          await platform.cli(['image', 'allow', image, '--user', name])
        }
      },
    )
  })
})

async function openingOf(platform: Platform): Promise<string> {
  return JSON.parse(await platform.cli(['opening', 'list', '--json'])).items[0].id
}

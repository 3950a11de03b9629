import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runScript } from '@bootcast/netboot/testing/ipxe-reader'
import fc from 'fast-check'
import type { MenuImage, MenuPlan } from '../boot-plan.ts'
import { menuScript } from './menu.ts'

const base = 'http://10.77.0.1:8080'
const options = { base, boot: `${base}/b/KEY`, features: [] } as const
const plan: MenuPlan = { method: 'menu', user: undefined, images: [], preselected: 'code', seconds: 60 }
const image = (n: number, more: Partial<MenuImage> = {}): MenuImage => ({
  group: 'Open to this machine',
  reference: `demo${n}@stable`,
  text: `demo${n} 3 (stable)`,
  ...more,
})
const untilLabel = (script: string) => script.slice(0, script.indexOf('\n:code'))

test('the menu of a machine for which nothing is decided', () => {
  const images = [image(1), image(2, { unfit: 'demo2 3 is for arm64, this machine is x86_64.' })]
  assert.equal(
    untilLabel(menuScript({ ...plan, images }, options).toString()),
    `#!ipxe
clear password ||
:start
menu Bootcast
item code Sign in with a code (phone or browser)
item password Sign in with user name and password
item --gap --
item --gap -- Open to this machine
item image1 demo1 3 (stable)
item --gap -- (demo2 3 (stable): demo2 3 is for arm64, this machine is x86_64.)
item --gap --
item disk Boot from the local disk
item again Look again for something to boot
item tools Tools ...
choose --default code --timeout 60000 picked || goto start
goto \${picked}`,
  )
})

test('who signed in sees that, and the way out; Enter takes the first image', () => {
  const script = menuScript({ ...plan, user: 'alice', images: [image(1)], seconds: 0 }, options).toString()
  assert.match(script, /^menu Bootcast - signed in as alice$/m)
  assert.match(script, /^item leave Sign out$/m)
  assert.match(script, /^choose --default image1 picked \|\| goto start$/m)
  assert.doesNotMatch(script, /item code|--timeout \d{5}/)
})

test('what was preselected is taken after the countdown: an image, the disk, asking again', () => {
  const chosen = (preselected: string) =>
    /^choose .*$/m.exec(
      menuScript({ ...plan, preselected, images: [image(1), image(2)] }, options).toString(),
    )?.[0]
  assert.equal(chosen('demo2@stable'), 'choose --default image2 --timeout 60000 picked || goto start')
  assert.equal(chosen('disk'), 'choose --default disk --timeout 60000 picked || goto start')
  assert.equal(chosen('wait'), 'choose --default again --timeout 60000 picked || goto start')
  assert.equal(chosen('gone'), 'choose --default code picked || goto start', 'what is not there is not taken')
})

test('many images come in pages of 12, and a page fits a screen of 25 lines', () => {
  const images = Array.from({ length: 30 }, (_, n) => image(n + 1))
  for (const [page, first, count] of [
    [1, 1, 12],
    [2, 13, 12],
    [3, 25, 6],
    [99, 25, 6],
    [Number.NaN, 1, 12],
  ] as const) {
    const script = menuScript({ ...plan, images }, { ...options, page }).toString()
    assert.match(script, new RegExp(`^item image1 demo${first} 3`, 'm'))
    assert.equal([...script.matchAll(/^item image/gm)].length, count)
    const lines = script.slice(0, script.indexOf('choose')).split('\n')
    assert.ok(lines.filter((line) => line.startsWith('item')).length <= 22, `page ${page}`)
  }
  const second = menuScript({ ...plan, images }, { ...options, page: 2 }).toString()
  assert.match(second, /^item next More images \.\.\.$/m)
  assert.match(second, /^item previous \.\.\. back$/m)
  assert.match(
    second,
    /^choose --default image1 picked|^choose --default code picked/m,
    'no countdown on later pages',
  )
})

test('the tools offer to switch off only where the loader can', () => {
  assert.doesNotMatch(menuScript(plan, options).toString(), /poweroff/)
  assert.match(
    menuScript(plan, { ...options, features: ['poweroff'] }).toString(),
    /^poweroff \|\| goto start$/m,
  )
})

test('no name breaks out of the menu, and every line fits 80 columns', () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom('${', '||', '&&', ';', '#', '\n', '\\', '--', ' ', '-'),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
      {
        maxLength: 40,
      },
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(hostile, hostile, hostile, (text, group, user) => {
      const images = [image(1, { text, group }), image(2, { text, group, unfit: text })]
      const script = menuScript({ ...plan, images, user, preselected: text }, options).toString()
      const known = new Set([
        'clear',
        'menu',
        'item',
        'choose',
        'goto',
        'chain',
        'echo',
        'prompt',
        'sleep',
        'ifconf',
        'ifstat',
        'route',
        'shell',
        'reboot',
      ])
      for (const line of script.split('\n').slice(1))
        if (line !== '' && !line.startsWith(':')) assert.ok(known.has(line.split(' ')[0] ?? ''), line)
      assert.ok(
        !/\$\{(?!picked|netX|uuid|serial|asset|manufacturer|product|platform|version|buildarch)/.test(script),
      )
      for (const line of script.split('\n').filter((one) => one.startsWith('item') || one.startsWith('menu')))
        assert.ok(line.replace(/^item (--gap --|\S+) ?/, '').length <= 76, line)
      runScript(script)
    }),
    { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 1000) },
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runGrubScript } from '@bootcast/netboot/testing/grub-reader'
import fc from 'fast-check'
import type { MenuPlan } from '../boot-plan.ts'
import { grubMenu } from './grub-menu.ts'

const image = (n: number, more = {}) => ({
  ...{ group: 'Open to this machine', reference: `demo${n}@stable`, text: `demo${n} 3 (stable)` },
  ...more,
})
const plan: MenuPlan = { method: 'menu', user: undefined, images: [], preselected: 'code', seconds: 60 }
const ran = (more: Partial<MenuPlan>) => runGrubScript(grubMenu({ ...plan, ...more }).toString())
const titles = (more: Partial<MenuPlan>) =>
  ran(more).flatMap(([name, title = '']) => (name === 'menuentry' ? [title] : []))

test('who is not known signs in with a code, or boots what is open; after one that starts nothing the machine asks again', () => {
  const images = [image(1), image(2, { unfit: 'it is for arm64' })]
  assert.equal(
    grubMenu({ ...plan, images }).toString(),
    `set 'default=code'
set 'timeout=60'
menuentry 'Sign in with a code (phone or browser)' --id 'code' {
  ask 'code.cfg'
  ask 'machine.cfg'
}
menuentry 'demo1 3 (stable)' --id 'image1' {
  ask 'choose.cfg?image=demo1%40stable'
  ask 'machine.cfg'
}
menuentry '(demo2 3 (stable): it is for arm64)' --id 'image2' {
  echo -- 'Bootcast:' 'it is for arm64'
  again '5'
  ask 'machine.cfg'
}
menuentry 'Boot from the local disk' --id 'disk' {
  start_disk
  ask 'machine.cfg'
}
menuentry 'Look again for something to boot' --id 'again' {
  ask 'machine.cfg'
}
`,
  )
})

test('who signed in has their images first, and the way out', () => {
  assert.deepEqual(titles({ user: "al'ice", images: [image(1)] }), [
    'demo1 3 (stable)',
    "Sign out (signed in as al'ice)",
    'Boot from the local disk',
    'Look again for something to boot',
  ])
})

test('what was preselected is taken after the countdown; what is not there is not, and 0 waits for ever', () => {
  const heads = (more: Partial<MenuPlan>) =>
    ran({ images: [image(1), image(2)], ...more })
      .slice(0, 2)
      .flat()
  const sets = (id: string, seconds: number) => ['set', `default=${id}`, 'set', `timeout=${seconds}`]
  assert.deepEqual(heads({ preselected: 'demo2@stable' }), sets('image2', 60))
  assert.deepEqual(heads({ preselected: 'password' }), sets('code', 60))
  assert.deepEqual(heads({ preselected: 'wait' }), sets('again', 60))
  assert.deepEqual(heads({ preselected: 'gone' }), sets('code', -1))
  assert.deepEqual(heads({ preselected: 'disk', seconds: 0 }), sets('disk', -1))
  assert.deepEqual(heads({ preselected: 'code', user: 'ann' }), sets('image1', -1))
})

test('whatever images and users are called, nothing of it becomes a command', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  const known = ['set', 'menuentry', 'ask', 'start_disk', 'echo', 'again']
  fc.assert(
    fc.property(text, text, text, fc.option(text, { nil: undefined }), (reference, words, user, unfit) => {
      const images = [{ group: words, reference, text: words, ...(unfit !== undefined && { unfit }) }]
      const calls = ran({ images, user, preselected: reference })
      for (const [name = ''] of calls) assert.ok(known.includes(name), name)
    }),
  )
})

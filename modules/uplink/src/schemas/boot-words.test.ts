import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootDecision, BootPlan } from '@bootcast/boot'
import { calls } from '../protocol.ts'
import { askingSchema, bootDecisionSchema, bootPlanSchema, startedBootSchema } from './boot-words.ts'

const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const file = (name: string) => ({ digest: digest('a'), size: 5, name })
const titled = { title: 'demo 3', release: 'demo@3' }
const document = { name: '', fetches: 3, installs: true }

/** At least one for each method; the compiler misses one that is new. */
const plans: { readonly [M in BootPlan['method']]: readonly (BootPlan & { method: M })[] } = {
  linux: [
    { method: 'linux', architecture: 'x86_64', kernel: file('k'), initrds: [], cmdline: '', title: 'demo 3' },
    {
      method: 'linux',
      architecture: 'arm64',
      kernel: file('vmlinuz'),
      initrds: [file('a'), { ...file('b'), path: 'etc/x' }],
      cmdline: 'quiet {{rootfs}} é "x"',
      phonesHome: true,
      files: { rootfs: file('root.squashfs') },
      tree: digest('b'),
      documents: { preseed: document, seed: { ...document, name: 'user-data' } },
      ...titled,
    },
  ],
  efi: [{ method: 'efi', architecture: 'x86_64', program: file('uki.efi'), arguments: 'a b', ...titled }],
  iso: [{ method: 'iso', iso: file('cd.iso'), ...titled }],
  wim: [{ method: 'wim', loader: 'wimboot', files: [{ ...file('boot.wim'), as: 'boot.wim' }], ...titled }],
  'local-disk': [{ method: 'local-disk', reason: 'it is installed' }],
  wait: [{ method: 'wait', reason: 'nothing yet', seconds: 10 }],
  menu: [
    { method: 'menu', user: undefined, images: [], preselected: 'code', seconds: 0 },
    {
      method: 'menu',
      user: 'ann',
      images: [
        { group: 'Images', reference: 'demo@stable', text: 'demo 3 (stable)' },
        { group: 'Images', reference: 'arm', text: 'arm 1', unfit: 'for another processor' },
      ],
      preselected: 'demo@stable',
      seconds: 60,
    },
  ],
  refuse: [{ method: 'refuse', reason: 'ann may not boot it' }],
}

const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

for (const [method, all] of Object.entries(plans))
  test(`a plan by the method ${method} arrives as it was`, () => {
    for (const plan of all) assert.deepEqual(bootPlanSchema.parse(sent(plan)), plan)
  })

test('a decision arrives with its leave, and a boot with what is not known of it', () => {
  const leaves = [
    { by: 'default' },
    { by: 'one-shot' },
    { by: 'assignment' },
    { by: 'opening', opening: 'o1' },
    { by: 'user', user: 'ann' },
  ] as const
  for (const leave of leaves) {
    const decision: BootDecision = { plan: plans.wait[0]!, because: 'a test', release: 'demo@3', leave }
    assert.deepEqual(bootDecisionSchema.parse(sent(decision)), decision)
    const boot = { machine: { mac: '52:54:00:00:00:01' }, release: undefined, leave, user: undefined }
    assert.deepEqual(startedBootSchema.parse(sent(boot)), boot)
  }
})

test('a machine may not bring what no machine has', () => {
  const machine = { mac: '52:54:00:00:00:01' }
  assert.ok(askingSchema.safeParse({ machine, from: '10.0.0.1' }).success)
  for (const wrong of [
    { machine: { ...machine, more: 1 }, from: '10.0.0.1' },
    { machine: { mac: '52-54-00-00-00-01' }, from: '10.0.0.1' },
    { machine: { ...machine, serial: 'x'.repeat(257) }, from: '10.0.0.1' },
    { machine, from: '10.0.0.1', isAdministrator: true },
    { machine, from: null },
    JSON.parse('{"machine":{"mac":"52:54:00:00:00:01","__proto__":{"x":1}},"from":"a"}'),
    [],
    'x',
  ])
    assert.ok(!askingSchema.safeParse(wrong).success, JSON.stringify(wrong))
})

test('a reply of a newer platform is read without what is not known, and a request is not', () => {
  const decision = { plan: { ...plans.wait[0]!, colour: 'red' }, because: '', mood: 'good' }
  const reply = calls.decide.reply.parse({ decision, places: {}, weather: 'fine' })
  assert.deepEqual(reply, { decision: { plan: plans.wait[0]!, because: '' }, places: {} })
  assert.ok(!calls.renew.request.safeParse({ csr: 'x', more: 1 }).success)
})

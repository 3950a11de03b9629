import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Opening } from './opening.ts'
import { explain, judge, type PolicyFacts, rules, type Verdict } from './policy.ts'

const now = 1_000_000
const hour = 3_600_000
const opening = (id: string, more: Partial<Opening> = {}): Opening => ({
  id,
  reference: 'open',
  criteria: {},
  boots: true,
  opensAt: now - hour,
  closesAt: undefined,
  times: undefined,
  used: 0,
  closedAt: undefined,
  ...more,
})
const nothing: PolicyFacts = {
  now,
  machine: { mac: '52:54:00:00:00:01', next: undefined, image: undefined, installed: undefined },
  openings: [],
  underWay: new Set(),
  defaultImage: undefined,
  user: undefined,
  choice: undefined,
  fit: (reference) =>
    reference.startsWith('unfit') ? { unfit: `${reference} is for arm64` } : { release: `${reference}@1` },
}
const machine = (more: Partial<PolicyFacts['machine']>) => ({ machine: { ...nothing.machine, ...more } })
const alice = { name: 'alice', images: new Set(['mine']) }
const boots = (reference: string, by: string) => (verdict: Verdict) =>
  assert.deepEqual(
    verdict.do === 'boot' && [verdict.reference, verdict.leave.by],
    [reference, by],
    JSON.stringify(verdict),
  )
const does = (what: Verdict['do'], because: RegExp) => (verdict: Verdict) => {
  assert.equal(verdict.do, what, JSON.stringify(verdict))
  assert.match(verdict.because, because)
}

/** The whole table: what is known, and what follows. */
const cases: readonly (readonly [string, Partial<PolicyFacts>, (verdict: Verdict) => void])[] = [
  ['nothing is decided: the menu', {}, does('menu', /somebody has to pick/)],
  ['the default image, when there is one', { defaultImage: 'usual' }, boots('usual', 'default')],
  [
    'an opening that boots goes before the default',
    { defaultImage: 'usual', openings: [opening('1')] },
    boots('open', 'opening'),
  ],
  [
    'an opening for the menu does not',
    { defaultImage: 'usual', openings: [opening('1', { boots: false })] },
    boots('usual', 'default'),
  ],
  [
    'an assignment goes before an opening',
    { ...machine({ image: 'own' }), openings: [opening('1')] },
    boots('own', 'assignment'),
  ],
  [
    'the next boot goes before the assignment',
    machine({ image: 'own', next: 'once' }),
    boots('once', 'one-shot'),
  ],
  [
    'what was picked goes before all, when it is open',
    { ...machine({ image: 'own' }), openings: [opening('1', { boots: false })], choice: 'open' },
    boots('open', 'opening'),
  ],
  [
    'what was picked and is assigned',
    { ...machine({ image: 'own' }), choice: 'own' },
    boots('own', 'assignment'),
  ],
  [
    'what was picked and is the default',
    { defaultImage: 'usual', choice: 'usual' },
    boots('usual', 'default'),
  ],
  ['what was picked and needs a sign-in', { choice: 'mine' }, does('sign-in', /mine needs a sign-in/)],
  ['what was picked by who may', { choice: 'mine@testing', user: alice }, boots('mine@testing', 'user')],
  [
    'what was picked by who may not',
    { choice: 'theirs', user: alice },
    does('refuse', /alice may not boot theirs/),
  ],
  [
    'what was picked by who may everything',
    { choice: 'theirs', user: { name: 'root', images: 'all' } },
    boots('theirs', 'user'),
  ],
  [
    'a picked image that does not run there is refused',
    { choice: 'unfit', user: { name: 'root', images: 'all' } },
    does('refuse', /for arm64/),
  ],
  ['an assigned one waits until it is mended', machine({ image: 'unfit' }), does('wait', /for arm64/)],
  [
    'an opening that does not run there is passed over',
    { openings: [opening('1', { reference: 'unfit' })], defaultImage: 'usual' },
    boots('usual', 'default'),
  ],
  ['who signed in gets a menu', { user: alice }, does('menu', /alice has to pick/)],
  [
    'what is installed starts from its disk',
    machine({ image: 'own@stable', installed: 'own@3' }),
    does('local-disk', /own@3 is installed/),
  ],
  [
    'another image than the installed one boots',
    machine({ image: 'other', installed: 'own@3' }),
    boots('other', 'assignment'),
  ],
  [
    'so does one for the next boot, though it is the installed one',
    machine({ next: 'own', installed: 'own@3' }),
    boots('own', 'one-shot'),
  ],
  [
    'and one that was picked',
    { ...machine({ installed: 'mine@3' }), user: alice, choice: 'mine' },
    boots('mine', 'user'),
  ],
  [
    'the default does not install again',
    { ...machine({ installed: 'usual@3' }), defaultImage: 'usual' },
    does('local-disk', /installed/),
  ],
  [
    'an opening does not install again',
    { ...machine({ installed: 'open@3' }), openings: [opening('1')] },
    does('local-disk', /installed/),
  ],
]
for (const [sentence, facts, check] of cases) test(sentence, () => check(judge({ ...nothing, ...facts })))

const closed: readonly (readonly [string, Partial<Opening>, boolean])[] = [
  ['before its time', { opensAt: now + 1 }, false],
  ['in its first moment', { opensAt: now }, true],
  ['in its last moment', { closesAt: now + 1 }, true],
  ['when its time is over', { closesAt: now }, false],
  ['when it was closed', { closedAt: now }, false],
  ['when it will be closed', { closedAt: now + 1 }, true],
  ['with one boot left', { times: 3, used: 2 }, true],
  ['with none left', { times: 3, used: 3 }, false],
]
for (const [sentence, more, counts] of closed)
  test(`an opening ${counts ? 'counts' : 'does not count'} ${sentence}`, () => {
    assert.equal(judge({ ...nothing, openings: [opening('1', more)] }).do, counts ? 'boot' : 'menu')
    const picked = judge({ ...nothing, openings: [opening('1', { ...more, boots: false })], choice: 'open' })
    assert.equal(picked.do, counts ? 'boot' : 'sign-in')
  })

test('a machine whose last boot of an opening is under way goes on with it', () => {
  const openings = [opening('1', { times: 3, used: 3 })]
  boots('open', 'opening')(judge({ ...nothing, openings, underWay: new Set(['1']) }))
})

test('of several openings that boot, the narrowest; of equals the smaller subnet, then the newest', () => {
  const mac = opening('mac', { reference: 'mac', criteria: { mac: 'x' } })
  const label = opening('label', { reference: 'label', criteria: { label: 'x' } })
  const small = opening('small', { reference: 'small', criteria: { subnet: '10.1.2.0/24' } })
  const large = opening('large', { reference: 'large', criteria: { subnet: '10.0.0.0/8' }, opensAt: now })
  const newer = opening('newer', { reference: 'newer', opensAt: now - 1 })
  const older = opening('older', { reference: 'older' })
  const order = [mac, label, small, large, newer, older]
  for (const [index, first] of order.entries())
    boots(first.reference, 'opening')(judge({ ...nothing, openings: order.slice(index).reverse() }))
})

test('an explanation names every rule that was asked, and why it did not decide', () => {
  const considered = explain({
    ...nothing,
    openings: [opening('1', { closesAt: now })],
    defaultImage: 'usual',
  })
  assert.deepEqual(
    considered.map((one) => [one.rule, 'passed' in one ? one.passed : one.verdict.because]),
    [
      ['choice', 'nothing was picked at the screen'],
      ['next boot', 'nothing is assigned to this machine for its next boot'],
      ['assignment', 'no image is assigned to this machine'],
      ['opening', 'open was open to it, but its time is over'],
      ['default image', 'the default image'],
    ],
  )
})

const reference = fc.constantFrom('own', 'open', 'usual', 'mine', 'mine@testing', 'theirs', 'unfit')
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const anyOpening = fc.record({
  id: fc.constantFrom('1', '2', '3'),
  reference,
  criteria: fc.constantFrom({}, { mac: 'x' }, { subnet: '10.0.0.0/8' }),
  boots: fc.boolean(),
  opensAt: fc.constantFrom(now - 2, now, now + 1),
  closesAt: optional(fc.constantFrom(now - 1, now, now + 1)),
  times: optional(fc.constantFrom(1, 2)),
  used: fc.constantFrom(0, 1, 2),
  closedAt: optional(fc.constantFrom(now - 1, now + 1)),
})
const anyFacts: fc.Arbitrary<PolicyFacts> = fc.record({
  now: fc.constant(now),
  machine: fc.record({
    mac: fc.constant('52:54:00:00:00:01'),
    next: optional(reference),
    image: optional(reference),
    installed: optional(fc.constantFrom('own@1', 'usual@2')),
  }),
  openings: fc.array(anyOpening, { maxLength: 4 }),
  underWay: fc.constantFrom(new Set<string>(), new Set(['1'])),
  defaultImage: optional(reference),
  user: optional(
    fc.constantFrom(
      alice,
      { name: 'root', images: 'all' as const },
      { name: 'eve', images: new Set<string>() },
    ),
  ),
  choice: optional(reference),
  fit: fc.constant(nothing.fit),
})
const runs = { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 5000) }

test('nothing is booted without leave: whatever the facts are, what gives it stands among them', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const verdict = judge(facts)
      if (verdict.do !== 'boot') return
      const { leave, reference: booted } = verdict
      assert.ok('release' in facts.fit(booted))
      switch (leave.by) {
        case 'one-shot':
          return assert.equal(booted, facts.machine.next)
        case 'assignment':
          return assert.equal(booted, facts.machine.image)
        case 'default':
          return assert.equal(booted, facts.defaultImage)
        case 'user': {
          assert.equal(booted, facts.choice)
          assert.equal(leave.user, facts.user?.name)
          const images = facts.user?.images
          return assert.ok(images === 'all' || images?.has(booted.split('@')[0] ?? ''))
        }
        case 'opening': {
          const found = facts.openings.filter((one) => one.id === leave.opening && one.reference === booted)
          const counts = (one: Opening) =>
            one.opensAt <= now &&
            (one.closesAt === undefined || one.closesAt > now) &&
            (one.closedAt === undefined || one.closedAt > now) &&
            (one.times === undefined || one.used < one.times || facts.underWay.has(one.id))
          return assert.ok(found.some(counts))
        }
      }
    }),
    runs,
  )
})

test('the same facts give the same verdict, and the last rule always decides', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      assert.deepEqual(judge(facts), judge(facts))
      assert.ok(explain(facts).length <= rules.length)
      const { open } = { open: [], ...judge(facts) } as { open: readonly string[] }
      for (const shown of open) assert.ok(facts.openings.some((one) => one.reference === shown))
    }),
    runs,
  )
})

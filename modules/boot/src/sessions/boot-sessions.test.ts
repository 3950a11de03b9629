import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootSession } from './boot-session.ts'
import { type BootSessionStore, BootSessions } from './boot-sessions.ts'
import { sameMachine } from './same-machine.ts'

const machine = { mac: '52:54:00:00:00:01' }
const never = async () => false
const pass = {
  release: 'demo@3',
  leave: undefined,
  files: ['f'],
  tree: undefined,
  documents: {},
  installs: false,
  fetched: {},
}

class MemorySessionStore implements BootSessionStore {
  readonly kept = new Map<string, string>()

  async load(): Promise<readonly BootSession[]> {
    return [...this.kept.values()].map((text) => JSON.parse(text) as BootSession)
  }

  async save(sessions: readonly BootSession[]): Promise<void> {
    for (const session of sessions) this.kept.set(session.secret, JSON.stringify(session))
  }

  async forget(lastUsedBefore: number): Promise<void> {
    for (const [secret, text] of this.kept)
      if ((JSON.parse(text) as BootSession).lastUsedAt < lastUsedBefore) this.kept.delete(secret)
  }
}

test('a boot under way goes on after a restart, and the store knows no key', async () => {
  const store = new MemorySessionStore()
  const before = new BootSessions({ isSameMachine: never, store })
  const { key, session } = before.open(machine, '10.0.0.1')
  before.permit(session, { ...pass, missing: ['f'] })
  before.signedIn(session, 'alice')
  await before.stop()
  assert.ok(![...store.kept.values()].join('').includes(key))
  const after = new BootSessions({ isSameMachine: never, store })
  await after.start()
  const found = await after.use(key, '10.0.0.1')
  assert.ok(!('refused' in found))
  assert.deepEqual([found.user, found.pass?.files, found.id], ['alice', ['f'], session.id])
})

test('a store that fails is told about, and boots go on', async () => {
  const errors: unknown[] = []
  const store = new MemorySessionStore()
  store.save = () => Promise.reject(new Error('disk full'))
  const sessions = new BootSessions({ isSameMachine: never, store, onError: (error) => errors.push(error) })
  const { key } = sessions.open(machine, '10.0.0.1')
  await sessions.saved()
  assert.match(String(errors), /disk full/)
  assert.ok(!('refused' in (await sessions.use(key, '10.0.0.1'))))
})

test('who makes up machines pushes out only its own sessions, and memory is bounded', async () => {
  const sessions = new BootSessions({ isSameMachine: never, capacity: 10_000 })
  const victim = sessions.open(machine, '10.0.0.1')
  for (let n = 0; n < 9_000; n++) sessions.open({ mac: '52:54:00:00:00:02' }, '10.0.0.66')
  assert.ok(sessions.size <= 4097)
  assert.ok(!('refused' in (await sessions.use(victim.key, '10.0.0.1'))))
  for (let n = 0; n < 20_000; n++) sessions.open(machine, `10.1.${n >> 8}.${n & 255}`)
  assert.equal(sessions.size, 10_000)
})

test('where there is no room those go first that nobody has used', async () => {
  const sessions = new BootSessions({ isSameMachine: never, capacity: 10 })
  const installing = sessions.open(machine, '10.0.0.1')
  sessions.permit(installing.session, { ...pass, missing: [] })
  const signedIn = sessions.open(machine, '10.0.0.2')
  sessions.signedIn(signedIn.session, 'alice')
  for (let n = 0; n < 100; n++) sessions.open({ mac: '52:54:00:00:00:02' }, `10.1.0.${n}`)
  for (let n = 0; n < 5_000; n++) sessions.open({ mac: '52:54:00:00:00:02' }, '10.0.0.1')
  assert.equal(sessions.size, 10)
  assert.ok(!('refused' in (await sessions.use(installing.key, '10.0.0.1'))))
  assert.ok(!('refused' in (await sessions.use(signedIn.key, '10.0.0.2'))))
  const all = Array.from({ length: 20 }, (_, n) => sessions.open(machine, `10.2.0.${n}`))
  for (const { session } of all) sessions.permit(session, { ...pass, missing: [] })
  assert.equal(sessions.size, 10, 'nor do those push out more than there is room for')
})

test('sessions of somebody are ended at once', async () => {
  const sessions = new BootSessions({ isSameMachine: never })
  const { key, session } = sessions.open(machine, '10.0.0.1')
  sessions.signedIn(session, 'alice')
  assert.equal(
    sessions.end(({ user }) => user === 'alice'),
    1,
  )
  assert.deepEqual(await sessions.use(key, '10.0.0.1'), { refused: 'unknown key' })
})

test('another address with the same network card is the same machine, with another card it is not', async () => {
  const cards = new Map([
    ['10.0.0.1', '52:54:00:00:00:98'],
    ['10.0.0.2', machine.mac],
    ['10.0.0.3', '52:54:00:00:00:99'],
  ])
  const sessions = new BootSessions({ isSameMachine: sameMachine(async (address) => cards.get(address)) })
  const { key, session } = sessions.open(machine, '10.0.0.1')
  sessions.permit(session, { ...pass, missing: [] })
  assert.ok('refused' in (await sessions.use(key, '10.0.0.3')))
  assert.ok(!('refused' in (await sessions.use(key, '10.0.0.2'))))
  assert.ok('refused' in (await sessions.use(key, '10.0.0.1')), 'it has moved')
})

test('behind a router a machine moves once, and only when its system runs', async () => {
  const sessions = new BootSessions({ isSameMachine: sameMachine(async () => undefined) })
  const { key, session } = sessions.open(machine, '10.0.0.1')
  assert.ok('refused' in (await sessions.use(key, '10.9.0.2')), 'at the menu')
  sessions.permit(session, { ...pass, missing: ['f'] })
  assert.ok('refused' in (await sessions.use(key, '10.9.0.2')), 'in iPXE')
  sessions.permit(session, { ...pass, missing: [] })
  assert.ok(!('refused' in (await sessions.use(key, '10.9.0.2'))))
  assert.ok('refused' in (await sessions.use(key, '10.9.0.3')), 'a second time')
})

test('an installer may be silent for hours, anything else for one', async () => {
  let now = 0
  const sessions = new BootSessions({ isSameMachine: never, now: () => now })
  const installing = sessions.open(machine, '10.0.0.1')
  const live = sessions.open(machine, '10.0.0.1')
  sessions.permit(installing.session, { ...pass, missing: [], installs: true })
  sessions.permit(live.session, { ...pass, missing: [] })
  now = 3 * 60 * 60 * 1000
  assert.deepEqual((await sessions.use(live.key, '10.0.0.1')) as object, {
    refused: 'key too old',
    of: live.session,
  })
  assert.ok(!('refused' in (await sessions.use(installing.key, '10.0.0.1'))))
  now = 13 * 60 * 60 * 1000
  assert.ok('refused' in (await sessions.use(installing.key, '10.0.0.1')))
})

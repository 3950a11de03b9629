import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BootSessions } from '@bootcast/boot'
import { siteFolder } from '../../testing/site-folder.ts'
import { SqliteSessionStore } from './sqlite-session-store.ts'

test('boots under way are kept, and the old ones forgotten', async (t) => {
  const { open } = siteFolder(t)
  const store = new SqliteSessionStore(open())
  const session = (secret: string, lastUsedAt: number) => ({
    ...{ secret, id: secret, openedAt: 1, address: '10.0.0.1', lastUsedAt },
    ...{ machine: { mac: '52:54:00:00:00:01' }, user: undefined, pass: undefined },
  })
  await store.save(Array.from({ length: 1200 }, (_, n) => session(`s${n}`, n)))
  await store.save([{ ...session('s1', 2_000), user: 'alice' }])
  await store.forget(1_000)
  const left = await new SqliteSessionStore(open()).load()
  assert.equal(left.length, 201)
  assert.deepEqual(
    left.find(({ secret }) => secret === 's1'),
    { ...session('s1', 2_000), user: 'alice' },
  )
})

test('the key of a machine opens its session after a restart of the site, and is not in the file', async (t) => {
  const { open } = siteFolder(t)
  const database = open()
  const sessions = () =>
    new BootSessions({ isSameMachine: async () => false, store: new SqliteSessionStore(database) })
  const before = sessions()
  const { key, session } = before.open({ mac: '52:54:00:00:00:01' }, '10.0.0.1')
  before.signedIn(session, 'alice')
  await before.stop()
  const after = sessions()
  await after.start()
  assert.partialDeepStrictEqual(await after.use(key, '10.0.0.1'), { id: session.id, user: 'alice' })
  assert.ok(!JSON.stringify(database.sqlite.prepare('SELECT * FROM boot_keys').all()).includes(key))
})

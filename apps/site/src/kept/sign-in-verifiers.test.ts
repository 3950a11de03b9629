import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SignInRefused } from '@bootcast/boot'
import { siteFolder } from '../../testing/site-folder.ts'
import { readPepper } from './pepper-file.ts'
import { SignInVerifiers } from './sign-in-verifiers.ts'

const password = 'correct horse battery'
const now = Date.parse('2026-11-26T08:00:00Z')
const hour = 60 * 60_000

function scene(t: TestContext) {
  const { folder, open, path } = siteFolder(t)
  const database = open()
  const pepperPath = join(folder, 'pepper')
  const openWith = (pepper: Uint8Array) => new SignInVerifiers({ database, pepper })
  return { database, path, pepperPath, openWith, verifiers: openWith(readPepper(pepperPath)) }
}
const refused = (why: SignInRefused['why']) => (error: unknown) => {
  assert.ok(error instanceof SignInRefused)
  assert.equal(error.why, why)
  assert.ok(error.retrySeconds > 0)
  return true
}

test('who signed in is let in again until the time that was said, with that password only', async (t) => {
  const { verifiers, pepperPath, openWith, database } = scene(t)
  await verifiers.remember('ann', password, now + hour)
  assert.equal(await verifiers.check('ann', password, now), 'ann')
  assert.equal(await verifiers.check(' ANN', password, now), 'ann')
  assert.equal(await openWith(readPepper(pepperPath)).check('ann', password, now), 'ann')
  await assert.rejects(verifiers.check('ann', 'wrong', now), refused('wrong'))
  await assert.rejects(verifiers.check('ben', password, now), refused('wrong'))
  await assert.rejects(verifiers.check('ann', password, now + hour), refused('wrong'))
  assert.deepEqual(database.sqlite.prepare('SELECT * FROM verifiers').all(), [])
})

test('the last password counts, however its letters are composed', async (t) => {
  const { verifiers } = scene(t)
  await verifiers.remember('ann', 'old', now + hour)
  await verifiers.remember('ann', 'p\u00e4ss', now + hour)
  assert.equal(await verifiers.check('ann', 'pa\u0308ss', now), 'ann')
  await assert.rejects(verifiers.check('ann', 'old', now), refused('wrong'))
})

test('neither the password nor a hash of it is in the files; without the pepper they are worth nothing', async (t) => {
  const { verifiers, database, path, openWith, pepperPath } = scene(t)
  await verifiers.remember('ann', password, now + hour)
  await verifiers.remember('ben', password, now + hour)
  const hashes = database.sqlite.prepare('SELECT hash, salt FROM verifiers').all()
  assert.notDeepEqual(hashes[0]?.['hash'], hashes[1]?.['hash'])
  for (const ending of ['', '-wal']) assert.ok(!readFileSync(path + ending).includes(password))
  await assert.rejects(openWith(Buffer.alloc(32, 1)).check('ann', password, now), refused('wrong'))
  assert.equal(statSync(pepperPath).mode & 0o077, 0)
  writeFileSync(pepperPath, 'short')
  assert.throws(() => readPepper(pepperPath), /no secret of a site/)
})

test('five attempts a minute for a name, whether it is known or not; a success begins anew', async (t) => {
  const { verifiers } = scene(t)
  await verifiers.remember('ann', password, now + hour)
  for (const user of ['ann', 'nobody']) {
    const ends = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) => verifiers.check(user, 'wrong', now + n)),
    )
    assert.deepEqual(
      ends.map((end) => ((end as PromiseRejectedResult).reason as SignInRefused).why),
      ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'locked'],
    )
  }
  await assert.rejects(verifiers.check('ann', password, now + 1000), refused('locked'))
  for (let n = 0; n < 6; n += 1) assert.equal(await verifiers.check('ann', password, now + 61_000), 'ann')
})

test('many at once are sent away, and the others are judged', async (t) => {
  const { verifiers } = scene(t)
  await verifiers.remember('ann', password, now + hour)
  const names = Array.from({ length: 40 }, (_, n) => (n === 0 ? 'ann' : `user${n}`))
  const ends = await Promise.allSettled(names.map((name) => verifiers.check(name, password, now)))
  assert.equal(ends[0]?.status, 'fulfilled')
  const whys = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as SignInRefused).why] : []))
  assert.equal(whys.filter((why) => why === 'wrong').length, 18)
  assert.equal(whys.filter((why) => why === 'locked').length, 21)
  assert.equal(await verifiers.check('ann', password, now), 'ann')
})

test('an unknown name takes the same work as a wrong password', async (t) => {
  const { verifiers } = scene(t)
  await verifiers.remember('ann', password, now + hour)
  const cpuOf = async (user: string) => {
    const before = process.cpuUsage()
    await assert.rejects(verifiers.check(user, 'wrong', now))
    const { user: spent, system } = process.cpuUsage(before)
    return spent + system
  }
  await cpuOf('warm')
  const [known, unknown] = [await cpuOf('ann'), await cpuOf('ben')]
  assert.ok(unknown > known / 3 && unknown < known * 3, `${known} ${unknown}`)
})

test('only users who are named still may sign in', async (t) => {
  const { verifiers } = scene(t)
  for (const user of ['ann', 'ben']) await verifiers.remember(user, password, now + hour)
  verifiers.keepOnly(['Ann', 'carl'])
  assert.equal(await verifiers.check('ann', password, now), 'ann')
  await assert.rejects(verifiers.check('ben', password, now), refused('wrong'))
  verifiers.keepOnly([])
  await assert.rejects(verifiers.check('ann', password, now), refused('wrong'))
})

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { StartRefused } from '@bootcast/options'
import { formatJoinToken, hashOf, newSecret, parseJoinToken, UplinkRefused } from '@bootcast/uplink'
import { newAuthority, uplinkPair } from '@bootcast/uplink/testing/uplink-pair'
import { joinSite, tokenIn } from './join.ts'

/** A platform on loopback that has given out tokens for the site grenoble, each good once; and a data folder. */
async function scene(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'bootcast-join-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const authority = await newAuthority()
  const good = new Set<string>()
  let joined = 0
  const { url } = await uplinkPair(t, {
    authority,
    handlers: {
      join: async ({ token, csr }) => {
        if (!good.delete(hashOf(parseJoinToken(token)?.secret ?? '')))
          throw new UplinkRefused('token_refused', 'The token was used')
        joined += 1
        const site = { id: `s${joined}`, name: 'grenoble' }
        const certificate = await authority.issueSite(csr, site)
        return { site, certificate, authorities: [...authority.certificates] }
      },
    },
  })
  const newToken = (site = 'grenoble') => {
    const secret = newSecret()
    good.add(hashOf(secret))
    return formatJoinToken({ site, secret, fingerprint: authority.fingerprint })
  }
  const joinWith = (token: string, at = url) => joinSite({ url: at, token, data, version: '1' })
  const identity = join(data, 'identity')
  return { newToken, joinWith, identity, good }
}
const refused = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StartRefused)
  assert.match(error.message, words)
  return true
}

test('a computer becomes the site of its token; the same command again changes nothing, with the line cut too', async (t) => {
  const { newToken, joinWith, identity } = await scene(t)
  const token = newToken()
  assert.equal((await joinWith(token)).name, 'grenoble')
  const before = await readFile(join(identity, 'site.json'), 'utf8')
  assert.equal((await joinWith(token)).id, 's1')
  assert.equal(await readFile(join(identity, 'site.json'), 'utf8'), before)
  for (const name of await readdir(identity))
    assert.ok(
      !(await readFile(join(identity, name), 'utf8')).includes(parseJoinToken(token)?.secret ?? 'none'),
    )
})

test('a site that was revoked joins anew where it is, with the command of a new token', async (t) => {
  const { newToken, joinWith } = await scene(t)
  await joinWith(newToken())
  const again = newToken()
  assert.equal((await joinWith(again)).id, 's2')
  assert.equal((await joinWith(again)).id, 's2')
})

test('another token that is worth nothing leaves the site who it is', async (t) => {
  const { newToken, joinWith, good } = await scene(t)
  const first = newToken()
  await joinWith(first)
  const second = newToken()
  good.clear()
  await assert.rejects(joinWith(second), refused(/could not join: The token was used/))
  assert.equal((await joinWith(first)).id, 's1')
})

test('a computer that is a site does not become another one', async (t) => {
  const { newToken, joinWith } = await scene(t)
  await joinWith(newToken())
  await assert.rejects(joinWith(newToken('paris')), refused(/is the site grenoble of .* already/))
  await assert.rejects(joinWith(newToken(), 'https://127.0.0.1:9'), refused(/already/))
})

test('what cannot be read or written is said before the token is used up', async (t) => {
  const { newToken, joinWith, identity, good } = await scene(t)
  const token = newToken()
  await writeFile(identity, 'a file in the place of the folder')
  await assert.rejects(joinWith(token), refused(/cannot be read|nothing can be kept/))
  assert.equal(good.size, 1)
  await rm(identity)
  await joinWith(token)
})

test('a token is read from a file; one that is missing or is a folder is told in words', async (t) => {
  const { newToken, joinWith, identity } = await scene(t)
  const file = join(identity, '..', 'token')
  await writeFile(file, `${newToken()}\n`)
  assert.equal((await joinWith(await tokenIn(file))).name, 'grenoble')
  await assert.rejects(
    tokenIn(`${file}-missing`),
    refused(/the token in .*token-missing cannot be read: ENOENT/),
  )
  await assert.rejects(tokenIn(join(identity, '..')), refused(/cannot be read: EISDIR/))
  await assert.rejects(joinWith(await tokenIn('/dev/zero')), refused(/no token of a site/))
})

test('a text that is no token, and a platform that is away or another one', async (t) => {
  const { newToken, joinWith } = await scene(t)
  await assert.rejects(joinWith('grenoble'), refused(/no token of a site/))
  await assert.rejects(joinWith(newToken(), 'https://127.0.0.1:9'), refused(/could not join/))
  const { authority } = { authority: await newAuthority() }
  const foreign = formatJoinToken({
    site: 'grenoble',
    secret: newSecret(),
    fingerprint: authority.fingerprint,
  })
  await assert.rejects(joinWith(foreign), refused(/is not the platform that this token is of/))
})

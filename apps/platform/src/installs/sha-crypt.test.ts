import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { sha512Crypt } from './sha-crypt.ts'

test('the published test vector of SHA-512 crypt', () => {
  assert.equal(
    sha512Crypt('Hello world!', 'saltstring'),
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  )
})

test('the same hash as OpenSSL for passwords of all lengths', () => {
  for (const password of ['a', 'ü€ "$`', 'x'.repeat(63), 'y'.repeat(64), 'z'.repeat(65), 'w'.repeat(200)]) {
    const asked = spawnSync('openssl', ['passwd', '-6', '-salt', 'saltsaltsaltsalt', '-stdin'], {
      input: `${password}\n`,
      encoding: 'utf8',
    })
    if (asked.error !== undefined)
      return void process.stderr.write('\nSKIPPED: no openssl here to compare with\n\n')
    assert.equal(sha512Crypt(password, 'saltsaltsaltsalt'), asked.stdout.trim())
  }
})

test('each hash has a salt of its own', () => {
  assert.match(sha512Crypt('a'), /^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/)
  assert.notEqual(sha512Crypt('a'), sha512Crypt('a'))
})

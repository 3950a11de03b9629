import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine } from './command-line.ts'

const url = 'https://boot.example:8443'
const why = (...argv: string[]) => {
  const asked = commandLine(argv)
  assert.equal(asked.command, 'unclear', argv.join(' '))
  return asked.command === 'unclear' ? asked.why : ''
}

test('without a command it runs; options stay as they are', () => {
  assert.deepEqual(commandLine([]), { command: 'run', options: [] })
  assert.deepEqual(commandLine(['--data', 'x']), { command: 'run', options: ['--data', 'x'] })
  assert.deepEqual(commandLine(['run', '--data=x']), { command: 'run', options: ['--data=x'] })
  assert.deepEqual(commandLine(['doctor', '--json']), { command: 'doctor', options: ['--json'] })
})

test('join takes the token out of the options, however it is written', () => {
  const rest = { command: 'join', url, options: ['--interface', 'eth1'] }
  const text = { ...rest, token: { text: 'T' } }
  assert.deepEqual(commandLine(['join', url, '--token', 'T', '--interface', 'eth1']), text)
  assert.deepEqual(commandLine(['join', `${url}/`, '--interface', 'eth1', '--token=T']), text)
  assert.deepEqual(commandLine(['join', url, '--token-file=f', '--interface', 'eth1']), {
    ...rest,
    token: { file: 'f' },
  })
})

test('what cannot be meant is said in words, and repeats no token', () => {
  assert.match(why('jion', url), /no command jion; there are: join, run, doctor/)
  assert.match(why('join'), /needs the address/)
  assert.match(why('join', '--token', 'T'), /needs the address/)
  assert.match(why('join', url), /needs --token/)
  assert.match(why('join', url, '--token'), /needs --token/)
  for (const bad of ['http://boot.example:8443', `${url}/path`, `${url}/?a=b`, 'https://user@boot.example'])
    assert.match(why('join', bad, '--token', 'SECRET'), /is no address of a platform/)
  assert.ok(!why('join', 'ftp://x', '--token', 'SECRET').includes('SECRET'))
  assert.ok(why('x'.repeat(5000)).length < 200)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startUforgeBootRig } from '../../../testing/uforge-boot-rig.ts'
import { formScript } from './form-script.ts'

test('the form has the lines of the guide, tries HTTPS first, and then HTTP', (t) => {
  t.assert.snapshot(formScript({ address: 'forge.example', context: '/api' }).toString(), {
    serializers: [(text: string) => text],
  })
})

test('a password is never sent to find out whether there is HTTPS, and by HTTP only when there is none', () => {
  const lines = formScript({ address: 'forge.example', context: '/api' }).toString().split('\n')
  const withPassword = lines.filter((line) => /\$\{password(?!:hexraw\} (?:\|\||&&) goto)/.test(line))
  assert.deepEqual(
    withPassword.map((line) => /(https?):\/\/\$\{username:uristring\}:/.exec(line)?.[1]),
    ['https', 'http'],
  )
  const refusedByHttps = lines.findIndex((line) => line.includes('https://${username')) + 1
  assert.equal(lines[refusedByHttps], 'goto failed')
})

test('every line fits a screen, where it is none that is carried out', () => {
  const shown = formScript({ address: 'forge.example', context: '/api' })
    .toString()
    .split('\n')
    .filter((line) => /^(echo|item|menu|prompt) /.test(line))
  for (const line of shown) assert.ok(line.length < 80 + 'echo '.length, line)
})

test('everybody gets the form, with the name by which they came where that is one', async () => {
  await using rig = await startUforgeBootRig({})
  const addressIn = (script: string) => /set forge-address (.*)$/m.exec(script)?.[1]
  for (const path of ['/resources/ipxe-init', '/resources/pxe']) {
    const { status, body } = await rig.get(path, { headers: { host: 'forge.example:8080' } })
    assert.deepEqual([status, addressIn(body)], [200, 'forge.example:8080'])
  }
  for (const [host, address] of [
    ['[2001:db8::1]:80', '[2001:db8::1]:80'],
    ['${password}', '192.0.2.1:8080'],
    ['a ||shell', '192.0.2.1:8080'],
    ['x@evil', '192.0.2.1:8080'],
    [`${'a'.repeat(300)}`, '192.0.2.1:8080'],
  ] as const)
    assert.equal(addressIn((await rig.get('/resources/ipxe-init', { headers: { host } })).body), address)
})

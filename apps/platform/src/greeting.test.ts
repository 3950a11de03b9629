import assert from 'node:assert/strict'
import { test } from 'node:test'
import { greeting, type Started } from './greeting.ts'

const started: Started = {
  version: '1.2.3',
  data: '/var/lib/bootcast',
  urls: ['http://10.77.0.1:8080', 'http://127.0.0.1:8080'],
  administrator: { kind: 'made', password: 'abcdefghijkmnpqrstuvwxyz' },
  listening: [
    { service: 'http', address: '0.0.0.0:8080' },
    { service: 'tftp', address: '10.77.0.1:69' },
  ],
  missing: ['no boot loader for PCs with BIOS'],
  dhcp: { mode: 'off', why: 'no interface' },
}

test('a start says where it is, how to get in, what is missing and what to do next', () => {
  assert.equal(
    greeting(started),
    `
Bootcast 1.2.3 is running; its data are in /var/lib/bootcast

Open or give to the command:
  http://10.77.0.1:8080
  http://127.0.0.1:8080

Listening:
  http       0.0.0.0:8080
  tftp       10.77.0.1:69
  DHCP is off: no interface is named (--interface NAME)

First administrator, shown only this once:
  user:     admin
  password: abcdefghijkmnpqrstuvwxyz

Missing:
  no boot loader for PCs with BIOS

Next, in a browser:
  http://10.77.0.1:8080/start
or in a shell:
  npx bootcast sign-in http://10.77.0.1:8080 --user admin
  npx bootcast publish demo --kernel vmlinuz --initrd initrd.gz --cmdline "console=ttyS0"
  npx bootcast image default demo
  then let the DHCP server of the network name this computer as its boot server, or start with --interface NAME

`,
  )
})

test('a later start shows no password, and one that lacks a right says so', () => {
  const text = greeting({
    ...started,
    administrator: { kind: 'there-already' },
    missing: [],
    dhcp: { mode: 'off', why: 'no right' },
  })
  assert.doesNotMatch(text, /password|Missing/)
  assert.match(text, /DHCP is off: this process may not open port 67[\s\S]*grant the low ports as said above/)
})

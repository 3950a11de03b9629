import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TftpEvent } from '@bootcast/netboot'
import { noteOfTftp } from './tftp-notes.ts'

const client = { address: '10.77.0.9', port: 2070 }
const path = 'ipxe-amd64.efi'
const transfer = '10.77.0.9:2070'
const about = { address: client.address, transfer, path }
const sent = { size: 3000, milliseconds: 12.4, retransmissions: 2, blockSize: 1468, windowSize: 4 }
const shown = { size: 3000, ms: 12, resent: 2, blockSize: 1468, windowSize: 4, route: 'loader' }
const silence = 'the client fell silent after block 1, 2 packets sent again'
const refusal = { code: 1, reason: 'File not found' }
const nothing = { bytes: 0, size: 0, ms: 0, blockSize: 512, windowSize: 1, resent: 0 }

const routes = [
  [/^ipxe-/, 'loader'],
  [/\/files\//, 'file'],
  [/^grub\//, 'grub'],
] as const

const rows: readonly (readonly [string, TftpEvent, object | undefined])[] = [
  ['a beginning', { kind: 'request', client, path }, { kind: 'tftp-begins', ...about, route: 'loader' }],
  [
    'a file of a release, without the key of the boot',
    { kind: 'request', client, path: `/b/${'K'.repeat(22)}/files/${'a'.repeat(64)}/vmlinuz` },
    { kind: 'tftp-begins', ...about, path: 'vmlinuz', digest: `sha256:${'a'.repeat(64)}`, route: 'file' },
  ],
  [
    'what GRUB asks for, without what the machine says of itself',
    { kind: 'request', client, path: 'grub/machine.cfg?mac=52:54:00:00:00:01&serial=S1' },
    { kind: 'tftp-begins', ...about, path: 'grub/machine.cfg', route: 'grub' },
  ],
  [
    'whether a code was approved',
    { kind: 'request', client, path: `/b/${'K'.repeat(22)}/grub/wait.cfg` },
    undefined,
  ],
  [
    'the whole file',
    { kind: 'done', client, path, bytes: 3000, ...sent },
    { kind: 'tftp', ...about, ...shown, outcome: 'done', bytes: 3000 },
  ],
  [
    'the question for the size',
    { kind: 'aborted', client, path, bytes: 0, ...sent, reason: 'client: error 8 “User aborted”' },
    {
      kind: 'tftp',
      ...about,
      ...shown,
      outcome: 'measured',
      bytes: 0,
      reason: 'client: error 8 “User aborted”',
    },
  ],
  [
    'a client that broke off in the middle',
    { kind: 'aborted', client, path, bytes: 1468, ...sent, reason: 'client: error 3' },
    { kind: 'tftp', ...about, ...shown, outcome: 'broken-off', bytes: 1468, reason: 'client: error 3' },
  ],
  [
    'a client that fell silent',
    { kind: 'aborted', client, path, bytes: 1468, ...sent, reason: silence },
    { kind: 'tftp', ...about, ...shown, outcome: 'given-up', bytes: 1468, reason: silence },
  ],
  [
    'a path that nobody claims',
    { kind: 'refused', client, path: 'none', ...refusal },
    { kind: 'tftp', ...about, path: 'none', outcome: 'refused', reason: 'File not found', ...nothing },
  ],
  ['options', { kind: 'oack', client, path, options: {} }, undefined],
  ['no room', { kind: 'busy', client, path, reason: 'full' }, undefined],
]

for (const [what, event, note] of rows) {
  test(`TFTP tells a timeline of ${what}${note === undefined ? ': nothing' : ''}`, () => {
    assert.deepEqual(
      noteOfTftp(event, (asked) => routes.find(([pattern]) => pattern.test(asked))?.[1]),
      note,
    )
  })
}

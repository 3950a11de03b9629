import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PxeScriptNotUnderstood, pxeEntries } from './pxe-script.ts'

const base = 'https://forge.example/api/users/guest/pxe'
const entries = (...lines: string[]) => pxeEntries(['#!ipxe', ...lines].join('\n'), base)
const not = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PxeScriptNotUnderstood)
  assert.match(error.message, words)
  return true
}

test('a menu of images: what each starts, with its title', () => {
  assert.deepEqual(
    entries(
      'set root https://${username:uristring}:${password:uristring}@forge.example/api/users/guest/appliances/5',
      ':menu',
      'menu Images of guest',
      'item --gap -- ----',
      'item --key c centos7 CentOS 7 "minimal"',
      'item other Other',
      'choose image && goto ${image} || shell',
      ':centos7',
      'set files ${root}/images/7/files',
      'kernel --name k ${files}/vmlinuz inst.repo=${files}/os \\',
      '  ip=dhcp quiet || goto failed',
      'initrd ${files}/initrd.img && initrd ${files}/more.img',
      'boot || goto failed',
      ':other',
      'kernel /api/users/guest/appliances/6/images/9/files/boot/vmlinuz',
      'initrd ../guest/appliances/6/images/9/files/boot/initrd',
      "imgargs vmlinuz 'console=ttyS0' mac=${net0/mac}",
      'boot',
    ),
    [
      {
        label: 'centos7',
        title: 'CentOS 7 minimal',
        kernel: 'https://forge.example/api/users/guest/appliances/5/images/7/files/vmlinuz',
        commandLine:
          'inst.repo=https://${username:uristring}:${password:uristring}@forge.example/api/users/guest/appliances/5/images/7/files/os ip=dhcp quiet',
        initrds: [
          'https://forge.example/api/users/guest/appliances/5/images/7/files/initrd.img',
          'https://forge.example/api/users/guest/appliances/5/images/7/files/more.img',
        ],
      },
      {
        label: 'other',
        title: 'Other',
        kernel: 'https://forge.example/api/users/guest/appliances/6/images/9/files/boot/vmlinuz',
        commandLine: 'console=ttyS0 mac=${net0/mac}',
        initrds: ['https://forge.example/api/users/guest/appliances/6/images/9/files/boot/initrd'],
      },
    ],
  )
})

test('a script without a menu has one entry, and one without images none', () => {
  assert.deepEqual(
    entries('kernel vmlinuz quiet', 'boot').map(({ label, title, kernel }) => [label, title, kernel]),
    [['', '', 'https://forge.example/api/users/guest/vmlinuz']],
  )
  assert.deepEqual(entries('echo You have no images', 'shell'), [])
})

test('what goes beyond it is told with its line', () => {
  assert.throws(() => pxeEntries('<html>', base), not(/does not begin with #!ipxe/))
  assert.throws(() => entries('echo x', 'kernel file:///etc/shadow'), not(/line 3: .*no address over HTTP/))
  assert.throws(() => entries('kernel javascript:alert(1)'), not(/no address/))
  assert.throws(
    () => entries('kernel k', ...Array(65).fill('initrd i')),
    not(/line 67: more than 64 initrds/),
  )
  assert.throws(() => entries(...Array(1001).fill(':x')), not(/more than 1000 labels/))
  assert.throws(() => entries(...Array(20_001).fill('')), not(/more than 20000 lines/))
  assert.throws(() => entries('x'.repeat(1024 * 1024)), not(/1 MiB/))
})

test('variables that double with each line end at a limit, not at the memory', () => {
  const doubling = Array.from({ length: 40 }, (_, index) => `set v${index + 1} \${v${index}}\${v${index}}`)
  assert.throws(() => entries('set v0 0123456789', ...doubling), not(/a value longer than/))
})

test('values that are long together end at a limit, wherever they are filled in', () => {
  const long = `set long ${'x'.repeat(60_000)}`
  assert.throws(() => entries(long, ...Array(100).fill('set a ${long}')), not(/line 71: .* in all/))
  assert.throws(() => entries(long, `set a ${'${long}'.repeat(100_000)}`), not(/line 3: a value longer than/))
  assert.throws(() => entries(long, ...Array(100).fill(':x\nkernel k ${long}')), not(/^values of .* in all/))
  assert.throws(() => entries(long, 'kernel k ${long}${long}'), not(/^a value longer than/))
})

test('an address that is longer than any is refused', () => {
  assert.throws(() => entries(`kernel /${'x'.repeat(4096)}`), not(/line 2: an address longer than 4096/))
  assert.equal(entries(`kernel /${'x'.repeat(4000)}`).length, 1)
})

test('any text is read or refused, and nothing else happens', () => {
  const word = fc.constantFrom(
    'set',
    'kernel',
    'initrd',
    'item',
    ':',
    '${',
    '}',
    '"',
    "'",
    '\\',
    '||',
    '&&',
    '\n',
    ' ',
    'a',
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 80 }),
      (parts) => {
        try {
          entries(parts.join(' '))
        } catch (error) {
          assert.ok(error instanceof PxeScriptNotUnderstood)
        }
      },
    ),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutKey } from './log.ts'

const key = 'cLv2Zo8Xhb6YR5qE1e0mxA'

test('no key of a boot is left in a path, however its slashes are written', () => {
  for (const [path, shown] of [
    [`/b/${key}/files/x/vmlinuz`, '/b/.../files/x/vmlinuz'],
    [`b/${key}/grub/menu.cfg`, 'b/.../grub/menu.cfg'],
    [`\\b\\${key}\\grub\\menu.cfg`, '\\b/...\\grub\\menu.cfg'],
    [`/b//${key}/x`, '/b/.../x'],
    [`/b/${key}`, '/b/...'],
    [`/b/${key}?x=1`, '/b/...?x=1'],
    [`/x/b/${key}/b/${key}`, '/x/b/.../b/...'],
    ['/blobs/sha256', '/blobs/sha256'],
    [`/b/${key}x/files`, `/b/${key}x/files`],
  ] as const)
    assert.equal(withoutKey(path), shown)
})

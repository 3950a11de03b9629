import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kernelWords } from './kernel-words.ts'

const secrets = ['pass:word', 'guest:pass:word']
const fileAt = (url: URL) => /\/(users\/guest\/appliances\/5\/images\/7\/files\/.+)$/.exec(url.pathname)?.[1]
const words = (text: string) => kernelWords(text, { fileAt, secrets })

test('addresses of files of the image become files of the release, whoever signs in there', () => {
  const at = '@forge/api/users/guest/appliances/5/images/7/files'
  assert.deepEqual(
    words(
      `inst.stage2=https://guest:pw${at}/os.img root=live:http://\${username:uristring}:\${password:uristring}${at}/root.img again=https://x${at}/os.img quiet`,
    ),
    {
      cmdline: 'inst.stage2={{file1}} root=live:{{file2}} again={{file1}} quiet',
      files: ['os.img', 'root.img'].map((name) => `users/guest/appliances/5/images/7/files/${name}`),
    },
  )
  assert.deepEqual(words('repo=http://mirror.example/x ip=dhcp'), {
    cmdline: 'repo=http://mirror.example/x ip=dhcp',
    files: [],
  })
})

const refused: readonly (readonly [line: string, why: RegExp])[] = [
  ['inst.repo=https://guest:secret@forge/api/other', /an address with a user or a key in it \(forge\)/],
  ['inst.repo=https://${username}:${password}@forge/os', /an address with a user or a key/],
  ['x=http://f/y?apiKey=PUB&signature=abc', /an address with a user or a key/],
  ['mac=${net0/mac}', /has \$\{net0\/mac\}, which only a script/],
  ['p=pass:word', /the password or key of the account/],
  [`p=${encodeURIComponent('pass:word')}`, /the password or key/],
  [`auth=${Buffer.from('guest:pass:word').toString('base64')}`, /the password or key/],
  ['{{rootpw}}', /would be filled in here/],
  [
    Array.from({ length: 17 }, (_, n) => `a=http://f/users/guest/appliances/5/images/7/files/${n}`).join(' '),
    /more than 16 files/,
  ],
]
for (const [line, why] of refused)
  test(`a command line with ${line.slice(0, 50)} is a problem, told without a password`, () => {
    const found = words(line)
    assert.ok('problem' in found)
    assert.match(found.problem, why)
    assert.doesNotMatch(found.problem, /pass:word|secret@/)
  })

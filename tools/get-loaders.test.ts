import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const { getLoaders, mirrorInSources, signedName } = createRequire(import.meta.url)('./get-loaders.cjs') as {
  readonly getLoaders: (dir: string, options: { readonly say: (line: string) => void }) => boolean
  readonly mirrorInSources: (etc: string) => string | undefined
  readonly signedName: (file: string) => string | undefined
}

const sources = [
  {
    name: 'the mirror is read from one-line sources, past security and disabled lines',
    file: 'sources.list',
    text: `# deb http://commented.test/debian bookworm main
deb-src http://sources.test/debian bookworm main
deb http://security.test/debian-security bookworm-security main
deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] https://mirror.test/debian bookworm contrib main # ours
`,
    mirror: 'https://mirror.test/debian',
  },
  {
    name: 'the mirror is read from deb822 sources, past other and disabled stanzas',
    file: 'sources.list.d/debian.sources',
    text: `Types: deb
URIs: http://off.test/debian
Suites: trixie
Components: main
Enabled: no

Types: deb
URIs: http://security.test/debian-security
Suites: trixie-security
Components: main

Types: deb deb-src
# a comment between fields
URIs:
  mirror+file:///etc/apt/mirrors/debian.list
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
    mirror: 'mirror+file:///etc/apt/mirrors/debian.list',
  },
  {
    name: 'sources without a Debian suite name no mirror',
    file: 'sources.list',
    text: 'deb http://vendor.test/apt stable-2 tool\n',
    mirror: undefined,
  },
]

for (const { name, file, text, mirror } of sources) {
  test(name, (t) => {
    const etc = mkdtempSync(join(tmpdir(), 'bootcast-sources-'))
    t.after(() => rmSync(etc, { recursive: true }))
    mkdirSync(join(etc, 'sources.list.d'))
    writeFileSync(join(etc, file), text)
    assert.equal(mirrorInSources(etc), mirror)
  })
}

test('a directory that has a loader is left as it is', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bootcast-shelf-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'own.efi'), 'placed by the operator')
  const said: string[] = []
  assert.equal(getLoaders(dir, { say: (line) => said.push(line) }), true)
  assert.deepEqual(readdirSync(dir), ['own.efi'])
  assert.deepEqual(said, [])
})

test('of signed packages shim and GRUB for networks are taken, as shim names them', () => {
  const names = [
    'usr/lib/shim/shimx64.efi.signed',
    'usr/lib/shim/shimaa64.efi.signed',
    'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
    'usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed',
  ].map(signedName)
  assert.deepEqual(names, ['shimx64.efi', 'shimaa64.efi', 'grubx64.efi', 'grubaa64.efi'])
  for (const other of ['grubx64', 'gcdx64', 'grubnetx64-installer'])
    assert.equal(signedName(`usr/lib/grub/x86_64-efi-signed/${other}.efi.signed`), undefined)
})

import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { CommandLine } from '../testing/command-line.ts'
import { startFakePlatform } from '../testing/fake-platform.ts'

const wrong: readonly (readonly [string, RegExp])[] = [
  ['image test demo@1 --firmware coreboot', /“coreboot” is no firmware\./],
  ['image test demo@1 --timeout soon', /“soon” is no number\./],
  ['image test demo@1 --memory 0', /“0” is no number\./],
]
for (const [args, says] of wrong) {
  test(`${args}: is wrong usage`, async () => {
    await using line = await CommandLine.at('http://127.0.0.1:9')
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 2, said.stderr)
    assert.match(said.stderr, says)
  })
}

/** In QEMU's place: writes to the file of the serial line what a machine would. */
async function fakeQemu(line: CommandLine, words: string): Promise<string> {
  const folder = line.path('programs')
  await mkdir(folder)
  const script = `#!/bin/sh
[ "$1" = --version ] && exit 0
for word; do case $word in file:*) echo '${words}' >"\${word#file:}" ;; esac; done
exec sleep 60
`
  await writeFile(`${folder}/qemu-system-x86_64`, script)
  await chmod(`${folder}/qemu-system-x86_64`, 0o755)
  return folder
}

for (const [words, exitCode, passed] of [
  ['Debian GNU/Linux 12 lab ttyS0 login: ', 0, true],
  ['Kernel panic - not syncing', 1, false],
] as const) {
  test(`a machine that says “${words}” ${passed ? 'has' : 'has not'} booted, and that is recorded`, async () => {
    const machines: unknown[] = []
    await using platform = await startFakePlatform({
      changeMachine: ({ params, body }) => {
        machines.push(body)
        return { ...params, architecture: 'unknown', labels: [], overwriteDisk: false, boots: '' }
      },
      recordTest: () => undefined,
    })
    await using line = await CommandLine.at(platform.url)
    const before = process.env['PATH']
    process.env['PATH'] = `${await fakeQemu(line, words)}:${before}`
    try {
      const args = ['image', 'test', 'demo@3', '--firmware', 'bios', '--timeout', '1', '--json']
      const said = await line.run(args)
      assert.equal(said.exitCode, exitCode, said.stderr)
      assert.equal(JSON.parse(said.stdout).results[0].passed, passed)
    } finally {
      process.env['PATH'] = before
    }
    assert.deepEqual(machines, [{ image: 'demo@3' }])
    const routes = platform.calls.map(({ route }) => route)
    assert.deepEqual(routes, ['changeMachine', 'removeMachine', 'recordTest'])
    assert.partialDeepStrictEqual(platform.calls.at(-1), {
      params: { name: 'demo', number: 3, firmware: 'bios' } as never,
      body: { passed },
    })
  })
}

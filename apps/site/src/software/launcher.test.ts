import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { softwareScene } from '../../testing/software-scene.ts'
import { launch } from './launcher.ts'

/** Programs say their name in a file and end with a code; the launcher runs in this process. */
async function scene(t: TestContext) {
  const { versions, place, folder, write } = await softwareScene(t)
  const path = join(folder, 'said')
  const says = (name: string, then: string) =>
    `require('fs').appendFileSync(${JSON.stringify(path)}, '${name} ' + process.argv.slice(2).join(' ') + '\\n'); ${then}`
  const installed = await write(join(folder, 'installed.cjs'), says('installed', 'process.exit(0)'))
  // No package is above it, so Node takes it for CommonJS.
  return {
    versions,
    installed,
    write: (name: string, text: string) => write(join(folder, name), text),
    path,
    said: () => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []),
    install: (then: string) => writeFileSync(installed, says('installed', then)),
    place: (version: string, then: string) => place(version, says(version, then)),
    launch: (settledMs = 60_000) =>
      launch({
        ...{ versions, installed, settledMs, pauseMs: 1 },
        argv: ['run', '--data', 'x'],
        env: process.env,
        log: () => undefined,
      }),
  }
}

test('the newest version runs with the arguments, and its end is the end', async (t) => {
  const { place, launch: run, said } = await scene(t)
  await place('1.0.0', 'process.exit(1)')
  await place('2.0.0', 'process.exit(0)')
  assert.equal(await run(), 0)
  assert.deepEqual(said(), ['2.0.0 run --data x'])
})

test('a version that fails twice right after its start is bad, and the one before runs', async (t) => {
  const { place, launch: run, said, versions } = await scene(t)
  await place('1.0.0', 'process.exit(0)')
  const broken = await place('2.0.0', 'this is no program')
  assert.equal(await run(), 0)
  assert.deepEqual(said(), ['1.0.0 run --data x'])
  assert.ok(versions.isBad(broken))
  assert.equal(versions.newest()?.version, '1.0.0')
})

test('without another version the installed one runs', async (t) => {
  const { place, launch: run, said } = await scene(t)
  await place('1.0.0', 'process.exit(2)')
  assert.equal(await run(), 0)
  assert.deepEqual(said(), ['1.0.0 run --data x', '1.0.0 run --data x', 'installed run --data x'])
})

test('when nothing starts it was no version’s fault: none stays bad', async (t) => {
  const { place, install, launch: run, said, versions } = await scene(t)
  install('process.exit(9)')
  const digest = await place('1.0.0', 'process.exit(1)')
  assert.equal(await run(), 9)
  assert.equal(said().length, 4)
  assert.ok(!versions.isBad(digest))
  assert.equal(versions.newest()?.version, '1.0.0')
})

test('one failure is none', async (t) => {
  const { place, launch: run, said, path } = await scene(t)
  await place(
    '1.0.0',
    `process.exit(require('fs').readFileSync(${JSON.stringify(path)}, 'utf8').length > 30 ? 0 : 1)`,
  )
  assert.equal(await run(), 0)
  assert.deepEqual(said(), ['1.0.0 run --data x', '1.0.0 run --data x'])
})

test('a failure after a long time is for whoever started the launcher', async (t) => {
  const { place, launch: run, said, versions } = await scene(t)
  const digest = await place('1.0.0', 'process.exit(4)')
  assert.equal(await run(0), 4)
  assert.equal(said().length, 1)
  assert.ok(!versions.isBad(digest))
})

test('75 starts what is newest then, and what asks for it without end is bad, too', async (t) => {
  const { place, launch: run, said, versions } = await scene(t)
  await place('2.0.0', 'process.exit(0)')
  const next = versions.newest()
  const state = JSON.stringify({ versions: [next], bad: [] })
  const current = join(versions.folder, 'current.json')
  await place(
    '1.0.0',
    `require('fs').writeFileSync(${JSON.stringify(current)}, ${JSON.stringify(state)}); process.exit(75)`,
  )
  assert.equal(await run(), 0)
  assert.deepEqual(said(), ['1.0.0 run --data x', '2.0.0 run --data x'])
  const restless = await place('3.0.0', 'process.exit(75)')
  assert.equal(await run(), 0)
  assert.ok(versions.isBad(restless))
})

test('a state that cannot be read is none', async (t) => {
  const { place, launch: run, said, versions } = await scene(t)
  await place('1.0.0', 'process.exit(0)')
  writeFileSync(join(versions.folder, 'current.json'), '{"versions": [{"digest": "../../etc"}], "bad": 5')
  assert.equal(await run(), 0)
  assert.deepEqual(said(), ['installed run --data x'])
})

const launcher = JSON.stringify(join(import.meta.dirname, 'launcher.ts'))
const versionsFile = JSON.stringify(join(import.meta.dirname, 'software-versions.ts'))

/** Runs until SIGTERM, and says so. */
const patient = (path: string) => `
  const note = (word) => require('fs').appendFileSync(${JSON.stringify(path)}, word + '\\n');
  process.on('SIGTERM', () => { note('ended'); process.exit(0) });
  setInterval(() => undefined, 1000);
  import(${launcher}).then(({ isLaunched, endWithLauncher }) => {
    if (isLaunched(process.env)) endWithLauncher();
    note('ready');
  })`

const endings = { SIGTERM: 0, SIGKILL: null } as const
for (const [signal, code] of Object.entries(endings))
  test(`after ${signal} to the launcher nothing of it runs any more`, async (t) => {
    const { place, versions, said, installed, path, write } = await scene(t)
    await place('1.0.0', patient(path))
    const parent = await write(
      'parent.mjs',
      `import { launch } from ${launcher}
      import { SoftwareVersions } from ${versionsFile}
      const versions = new SoftwareVersions(${JSON.stringify(join(versions.folder, '..'))})
      const rest = { installed: ${JSON.stringify(installed)}, argv: [], env: process.env, log: () => undefined }
      process.exit(await launch({ versions, ...rest }))`,
    )
    const child = spawn(process.execPath, [parent], { stdio: 'inherit' })
    t.after(() => child.kill('SIGKILL'))
    await until(() => said().includes('ready'))
    child.kill(signal as NodeJS.Signals)
    const [ended] = await once(child, 'exit')
    assert.equal(ended, code)
    await until(() => said().includes('ended'))
  })

async function until(isSo: () => boolean): Promise<void> {
  for (const since = Date.now(); !isSo(); await delay(20))
    assert.ok(Date.now() - since < 20_000, 'it never was')
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { generatedDocs } from './generated-docs.ts'

/** Writes the references; with `--check` it writes nothing and exits with 1 when one is not up to date. */
const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
for (const { path, text } of generatedDocs()) {
  const file = join(root, path)
  const before = await readFile(file, 'utf8').catch(() => undefined)
  if (before === text) continue
  if (values.check) {
    process.exitCode = 1
    process.stderr.write(`${path} is not up to date: run npm run docs\n`)
    continue
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  process.stdout.write(`${path} written\n`)
}

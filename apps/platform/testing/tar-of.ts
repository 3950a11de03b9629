import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A tar of these files, packed by GNU tar with these options. */
export function tarOf(files: Readonly<Record<string, Buffer | string>>, ...options: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-tar-'))
  try {
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), bytes)
    }
    return execFileSync('tar', ['-C', folder, ...options, '-cf', '-', '.'], { maxBuffer: 1e8 })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

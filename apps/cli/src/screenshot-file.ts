import { format, parse } from 'node:path'
import { writeWhole } from './bundle-file.ts'
import type { World } from './world.ts'

/** Where the picture of one firmware goes: with several of them each has its firmware in its name, `demo-uefi.png`. */
export function screenshotFile(path: string, firmware: string, firmwares: number): string {
  if (firmwares < 2) return path
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}-${firmware}`, ext })
}

/** @throws {Failure} when the file cannot be written */
export async function keepScreenshot(world: World, path: string, png: Uint8Array): Promise<void> {
  await writeWhole(
    world,
    path,
    (async function* () {
      yield png
    })(),
  )
}

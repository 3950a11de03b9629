import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { labCache } from '../../../tools/deployer/debian-files.ts'
import type { Machine } from './machine.ts'

const failures = join(labCache, 'failed')

/** A program that took part. */
type Program = { readonly wholeLog: string; log(lines: number): string }
type Platform = Program & { readonly otherDhcpLog: string }

/**
 * Runs a case; when it fails, its error tells what the machine showed and what the platform said at that moment, and
 * where the whole logs and the network capture are kept.
 */
export async function withEvidence(
  name: string,
  machine: Machine,
  platform: Platform,
  body: () => Promise<void>,
  site?: Program,
): Promise<void> {
  const place = join(failures, name.replace(/[^a-z0-9]+/gi, '-'))
  await rm(place, { recursive: true, force: true })
  try {
    await body()
  } catch (error) {
    await keep(place, machine, platform, site)
    const parts = [
      (error as Error).message,
      `--- the console of ${machine.mac} at last\n${machine.console.last(25)}`,
      `--- the platform at last\n${platform.log(25)}`,
      ...(site === undefined ? [] : [`--- the site at last\n${site.log(25)}`]),
      `--- all of it, and the network capture: ${relative(process.cwd(), place)}`,
    ]
    throw new Error(parts.join('\n'), { cause: error })
  }
}

async function keep(place: string, machine: Machine, platform: Platform, site?: Program): Promise<void> {
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'console.txt'), machine.console.text)
  await writeFile(join(place, 'platform.log'), platform.wholeLog)
  if (site !== undefined) await writeFile(join(place, 'site.log'), site.wholeLog)
  if (existsSync(machine.capture)) await copyFile(machine.capture, join(place, 'network.pcap'))
  if (existsSync(platform.otherDhcpLog)) await copyFile(platform.otherDhcpLog, join(place, 'other-dhcp.log'))
}

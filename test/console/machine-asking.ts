import type { TestPlatform } from '../site/processes.ts'

/** What a machine says of itself when it asks what to boot; the names are those of iPXE. */
export type Said = {
  readonly mac: string
  readonly product?: string
  readonly manufacturer?: string
  readonly serial?: string
  readonly uuid?: string
  readonly address?: string
}

/** Asks the boot service what to boot, as iPXE does, and gives the script. */
export async function askAsMachine({ url }: TestPlatform, said: Said): Promise<string> {
  const query = Object.entries({ ...said, buildarch: 'x86_64', platform: 'pcbios' })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const answer = await fetch(`${url}/boot.ipxe?${query}`, { headers: { 'user-agent': 'iPXE/2.0.0' } })
  return await answer.text()
}

/** Whether a script boots something: files of a release are fetched. */
export const bootsFiles = (script: string): boolean => /http:\/\/\S+\/files\/\S+/.test(script)

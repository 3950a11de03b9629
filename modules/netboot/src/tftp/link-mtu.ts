import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'

const ethernet = 1500
/** IPv4, UDP and TFTP headers. */
const headers = 20 + 8 + 4

/**
 * The largest block that crosses the link of this address in one piece: a lost fragment costs the whole block, and
 * much firmware cannot put fragments together. Ethernet's when the link is not known.
 */
export async function largestBlock(address: string): Promise<number> {
  const link = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some((known) => known.address === address),
  )?.[0]
  const mtu = link === undefined ? ethernet : await mtuOf(link)
  return Math.min(65464, Math.max(512, mtu - headers))
}

async function mtuOf(link: string): Promise<number> {
  try {
    const mtu = Number(await readFile(`/sys/class/net/${link}/mtu`, 'utf8'))
    return mtu > 0 ? mtu : ethernet
  } catch {
    return ethernet // no sysfs: not Linux, or an alias such as eth0:1
  }
}

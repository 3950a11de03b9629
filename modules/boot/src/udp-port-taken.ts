import { readFile } from 'node:fs/promises'

/**
 * Whether some program on this machine has this UDP port over IPv4 (proc_net(5): local address and port in
 * hexadecimal). False where that cannot be known.
 */
export async function isUdpPortTaken(port: number): Promise<boolean> {
  const table = await readFile('/proc/net/udp', 'utf8').catch(() => '')
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').some((line) => line.trim().split(/\s+/)[1]?.endsWith(wanted) === true)
}

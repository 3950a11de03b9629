export type BootServiceName = 'dhcp' | 'proxy-dhcp' | 'pxe' | 'tftp'

export type Listening = { readonly service: BootServiceName; readonly address: string }

export type BootProblem = {
  readonly service: BootServiceName
  readonly address: string
  /** What happened. */
  readonly reason: string
  /** What to do about it. */
  readonly remedy: string
}

type Advice = (port: number) => { readonly reason: string; readonly remedy: string }

const noRight: Advice = (port) => ({
  reason: `this process may not open port ${port}`,
  remedy:
    'grant it: sudo setcap cap_net_bind_service,cap_net_raw+ep on the node program, or run the systemd unit with AmbientCapabilities',
})

const byCode: Readonly<Record<string, Advice>> = {
  EACCES: noRight,
  EPERM: noRight,
  EADDRINUSE: (port) => ({
    reason: `another program has port ${port}`,
    remedy: `"ss -lunp sport = :${port}" shows which: stop it, or leave this service to it. dnsmasq shares port 67 when it has bind-interfaces`,
  }),
  EADDRNOTAVAIL: () => ({
    reason: 'this machine does not have the address',
    remedy: '"ip -4 address" shows which it has; start again when the interface is up',
  }),
  NO_DEVICE_BINDING: () => ({
    reason:
      'DHCP cannot be kept on one network interface here (koffi is not installed, or this is not Linux)',
    remedy: 'install the optional packages (npm ci without --omit=optional) on Linux with glibc',
  }),
  ENODEV: () => ({
    reason: 'there is no such network interface',
    remedy: '"ip link" shows which there are',
  }),
}

/** Why a listener did not open, for the operator. */
export function listenProblem(
  service: BootServiceName,
  address: string,
  port: number,
  error: unknown,
): BootProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const advice = byCode[code]?.(port) ?? {
    reason: error instanceof Error ? error.message : String(error),
    remedy: 'see the log of the platform',
  }
  return { service, address: `${address}:${port}`, ...advice }
}

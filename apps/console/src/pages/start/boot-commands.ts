/** Where a machine comes from, in the order of the tabs. */
export const machineKinds = ['qemu', 'virtualbox', 'proxmox', 'computer'] as const
export type MachineKind = (typeof machineKinds)[number]

/** A network of the platform, as far as a command needs it. */
export type BootPlace = {
  readonly interface?: string | undefined
  readonly bootUrl: string
}

/** The platform by loopback is, inside of a machine, the machine itself. */
export const isLoopback = ({ bootUrl }: Pick<BootPlace, 'bootUrl'>): boolean =>
  /^(?:127\.[\d.]+|localhost|\[::1\])$/.test(new URL(bootUrl).hostname)

const memoryMiB = 2048
const name = 'bootcast-first'

/** QEMU's own network and its own iPXE: no bridge, no rights, no DHCP of ours. */
export const qemuCommand = ({ bootUrl }: BootPlace): string =>
  [
    `qemu-system-x86_64 -m ${memoryMiB} -accel kvm -accel tcg -boot n`,
    `-netdev ${shellWord(`user,id=net0,bootfile=${bootUrl}/boot.ipxe`)}`,
    '-device virtio-net-pci,netdev=net0',
  ].join(' \\\n  ')

/** Through a bridge, as a machine of the network. */
export const qemuBridgeCommand = (place: BootPlace): string =>
  [
    `sudo qemu-system-x86_64 -m ${memoryMiB} -accel kvm -accel tcg -boot n`,
    `-netdev ${shellWord(`bridge,id=net0,br=${bridgeOf(place)}`)}`,
    '-device virtio-net-pci,netdev=net0',
  ].join(' \\\n  ')

export const uefiArguments = '-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd'

export const virtualboxCommands = (place: BootPlace): string =>
  [
    `VBoxManage createvm --name ${name} --ostype Linux_64 --register`,
    `VBoxManage modifyvm ${name} --memory ${memoryMiB} --boot1 net --nic1 bridged --bridgeadapter1 ${shellWord(interfaceOf(place))}`,
    `VBoxManage startvm ${name}`,
  ].join('\n')

export const proxmoxCommands = (): string =>
  [
    `qm create 9000 --name ${name} --memory ${memoryMiB} --net0 virtio,bridge=vmbr0 --boot order=net0`,
    'qm start 9000',
  ].join('\n')

export const startCommand = (place: BootPlace | undefined): string =>
  `sudo npm start -- --interface ${shellWord(place?.interface ?? 'eth1')}`

export const bridgeOf = (place: BootPlace): string => place.interface ?? 'br0'
const interfaceOf = (place: BootPlace): string => place.interface ?? 'eth0'

/** A word of a shell, whatever is in it. */
const shellWord = (text: string): string =>
  /^[A-Za-z0-9_.,:=/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

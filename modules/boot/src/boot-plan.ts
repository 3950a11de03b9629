import type { Architecture } from './machine.ts'

/** A file of a release, as a machine fetches it. */
export type BootFile = {
  /** `sha256:…` */
  readonly digest: string
  /** Size in bytes. */
  readonly size: number
  /** The name the machine sees, for instance `vmlinuz`. */
  readonly name: string
}

/** What a machine shall do now. A new boot method is a new variant; the compiler then shows what is missing. */
export type BootPlan =
  | {
      readonly method: 'linux'
      /** For people: image and release, for instance `demo 3`. */
      readonly title: string
      readonly architecture: Architecture
      readonly kernel: BootFile
      readonly initrds: readonly BootFile[]
      /** Kernel command line, without `initrd=`. */
      readonly cmdline: string
    }
  /** Leave the network boot and go on with the firmware's next boot entry, usually the disk. */
  | { readonly method: 'local-disk'; readonly reason: string }
  /** Nothing to boot yet: say why on the screen and ask again after a while. */
  | { readonly method: 'wait'; readonly reason: string; readonly seconds: number }

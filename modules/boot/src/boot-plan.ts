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

/** What `{{…}}` in a command line stands for; see `template.ts`. */
export type Places = {
  /** Role → the file whose URL is put there. */
  readonly files?: Readonly<Record<string, BootFile>>
  /** Digest of the tree whose URL `{{tree}}` is. */
  readonly tree?: string
}

/** What a plan boots, for people and for its timeline. */
export type Titled = {
  /** Image and release, for instance `demo 3`. */
  readonly title: string
  /** As the catalogue names it: `demo@3`. */
  readonly release?: string
}

/** What a machine shall do now. A new boot method is a new variant; the compiler then shows what is missing. */
export type BootPlan =
  | ({
      readonly method: 'linux'
      readonly architecture: Architecture
      readonly kernel: BootFile
      /** `path`: the file is put there within the initrd's file system. */
      readonly initrds: readonly (BootFile & { readonly path?: string })[]
      /** Kernel command line, without `initrd=`. */
      readonly cmdline: string
      /** The system tells how it went: silence is then no success. */
      readonly phonesHome?: boolean
    } & Titled &
      Places)
  /** An EFI program, for instance a unified kernel image. */
  | ({
      readonly method: 'efi'
      readonly architecture: Architecture
      readonly program: BootFile
      readonly arguments: string
    } & Titled &
      Places)
  /** A CD image as the firmware sees it: best effort, since few systems find such a CD again. */
  | ({ readonly method: 'iso'; readonly iso: BootFile } & Titled)
  /** Windows PE by wimboot, a loader that the operator imported. `files`: as which name wimboot sees it. */
  | ({
      readonly method: 'wim'
      readonly loader: string
      readonly files: readonly (BootFile & { readonly as: string })[]
    } & Titled)
  /** Leave the network boot and go on with the firmware's next boot entry, usually the disk. */
  | { readonly method: 'local-disk'; readonly reason: string }
  /** Nothing to boot yet: say why on the screen and ask again after a while. */
  | { readonly method: 'wait'; readonly reason: string; readonly seconds: number }

import { z } from 'zod'

/** Instruction sets of images. */
export const architectures = ['x86_64', 'i386', 'arm64', 'arm32', 'riscv64', 'loong64'] as const
export type Architecture = (typeof architectures)[number]
/** x86-64 psABI levels: what a processor must have beside the base. Absent: any processor of the architecture. */
export const cpuLevels = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4'] as const

/** The name of a file within its manifest: `kernel`, `initrd1`, `rootfs`. */
const role = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a-z 0-9 -, beginning with a letter')
const text = (length: number) => z.string().max(length)

/**
 * How a machine starts it. Command lines and arguments may hold `{{role}}` (the URL of that file), `{{tree}}` (the
 * URL of the tree, without a slash at its end) and `{{parameter}}`; nothing else is replaced.
 */
export const bootSchema = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('linux'),
    kernel: role,
    /** `path`: the file is put at this path within the initrd's file system (iPXE makes the cpio around it). */
    initrds: z.array(z.strictObject({ file: role, path: text(128).optional() })).max(16),
    cmdline: text(4096),
  }),
  z.strictObject({ method: z.literal('efi'), program: role, arguments: text(4096) }),
  z.strictObject({ method: z.literal('iso'), iso: role }),
  z.strictObject({
    method: z.literal('wim'),
    /** The loader that the operator imported: wimboot. */
    loader: text(128),
    /** Name that wimboot wants → role: bootmgr, bootmgr.efi, BCD, boot.sdi, boot.wim. */
    files: z.record(text(64), role),
  }),
  z.strictObject({ method: z.literal('disk'), disk: role, map: role }),
])
export type BootConfig = z.infer<typeof bootSchema>

/** One way to boot a release: what fits one architecture, and where it matters one processor level and firmware. */
export const netbootConfigSchema = z.strictObject({
  schema: z.literal(1),
  architecture: z.enum(architectures),
  cpuLevel: z.enum(cpuLevels).optional(),
  /** Absent: both. */
  firmware: z.enum(['bios', 'uefi']).optional(),
  boot: bootSchema,
  parameters: z
    .array(z.strictObject({ name: role, description: text(500), default: text(1000).optional() }))
    .max(32)
    .default([]),
  /** Bytes of memory that a machine needs; absent: not known. */
  memory: z.int().min(0).optional(),
  recipe: z
    .strictObject({ family: text(64), name: text(200), digest: text(80), text: text(20_000) })
    .optional(),
  /** For people: `Debian GNU/Linux 12.5.0 "Bookworm"`, and what it was recognised by. */
  recognised: z.strictObject({ as: text(200), because: text(500) }).optional(),
  /** What it was made of. */
  provenance: z
    .array(z.strictObject({ name: text(255), digest: text(80), size: z.int().min(0) }))
    .max(64)
    .default([]),
})
export type NetbootConfig = z.infer<typeof netbootConfigSchema>

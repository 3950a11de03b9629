/** A value that a boot loader's scripts have no way to write. Nothing is changed silently in its place. */
export class NotExpressible extends Error {
  override readonly name = 'NotExpressible'
  readonly code = 'not_expressible'

  constructor(value: string, reason: string, language: 'iPXE' | 'GRUB' = 'iPXE') {
    const script = language === 'iPXE' ? 'an iPXE script' : 'a GRUB script'
    super(`cannot write ${JSON.stringify(value.slice(0, 80))} in ${script}: ${reason}`)
  }
}

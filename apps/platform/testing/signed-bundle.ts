import { bufferSource, bundleIn, bundleTar, signatureFor } from '@bootcast/image'

/** A bundle, `.pxe`, with a signature more. */
export async function signedBundle(bytes: Buffer, privateKey: string): Promise<Buffer> {
  const tree = await bundleIn(bufferSource(bytes))
  const parts: Buffer[] = []
  for await (const part of bundleTar({ tree, added: await signatureFor(tree, privateKey) })) parts.push(part)
  return Buffer.concat(parts)
}

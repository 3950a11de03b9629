import { open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ByteSource } from '../byte-source.ts'
import type { Tree } from '../tree.ts'
import { TreeBuilder } from '../tree-builder.ts'

/** A folder of this computer as a tree: each file is a source of its own, opened when it is read. */
export async function readDirectory(folder: string): Promise<Tree> {
  const built = new TreeBuilder('The folder')
  const sources: ByteSource[] = []
  const steps = ['']
  for (let prefix = steps.shift(); prefix !== undefined; prefix = steps.shift()) {
    for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
      const name = prefix + entry.name
      const path = built.path(name)
      if (path === undefined) continue
      if (entry.isDirectory()) steps.push(`${name}/`)
      else if (entry.isSymbolicLink()) built.addLink(path, await readlink(join(folder, name)))
      else if (entry.isFile()) {
        const source = await lazySource(join(folder, name))
        built.addFile(path, [{ source: sources.length, offset: 0, length: source.size }])
        sources.push(source)
      }
    }
  }
  return { format: 'directory', sources, files: built.files, links: built.links }
}

async function lazySource(path: string): Promise<ByteSource> {
  const file = await open(path, 'r')
  const { size } = await file.stat()
  await file.close()
  return {
    size,
    async read(offset, length) {
      const handle = await open(path, 'r')
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset)
        if (bytesRead !== length) throw new Error(`${path} is shorter than it was`)
        return buffer
      } finally {
        await handle.close()
      }
    },
  }
}

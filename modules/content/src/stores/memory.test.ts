import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { MemoryStore } from './memory.ts'

blobStoreContract('MemoryStore', async () => new MemoryStore())

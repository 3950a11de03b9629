import type { Forge } from './forge.ts'
import { imageResources } from './image-resources.ts'
import { keyResources } from './key-resources.ts'
import { plainResources } from './plain-resources.ts'
import { publishResources } from './publish-resources.ts'
import type { Resource } from './resource.ts'

/** All of the REST API of UForge that there is; the first that fits a path answers. */
export const resourcesOf = (forge: Forge): readonly Resource[] => [
  ...plainResources(forge),
  ...imageResources(forge),
  ...publishResources,
  ...keyResources(forge),
]

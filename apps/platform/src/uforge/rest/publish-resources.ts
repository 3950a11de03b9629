import { Refused } from '../../api/problem-response.ts'
import * as types from '../documents/schema.ts'
import { list } from './answers.ts'
import type { Call, Resource } from './resource.ts'

const appliance = 'users/:uid/appliances/:aid'

/** Publications to clouds, of which there are none: a PXE image has no type for it in the schema (R6). */
export const publishResources: readonly Resource[] = [
  ...['users/:uid', appliance, `${appliance}/images/:itid`].map(
    (of): Resource => ({
      ...{ method: 'GET', path: `${of}/pimages`, who: 'user' },
      answer: async ({ query }: Call) => list('publishImages', types.publishImages, [], query),
    }),
  ),
  {
    ...{ method: 'GET', path: 'users/:uid/pimages/status', who: 'user' },
    answer: async ({ query }) => list('statuses', types.opStatuses, [], query),
  },
  ...[appliance, `${appliance}/images/:itid`].map(
    (of): Resource => ({
      ...{ method: 'POST', path: `${of}/pimages`, who: 'user' },
      answer: async () => {
        throw new Refused(
          'invalid_request',
          'An image of the format PXE is not published to a cloud: machines boot it as it is',
        )
      },
    }),
  ),
]

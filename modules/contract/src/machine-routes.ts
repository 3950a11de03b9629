import { z } from 'zod'
import {
  approvalSchema,
  bootCodeSchema,
  explainQuerySchema,
  explanationSchema,
  shownCodeSchema,
} from './boot-screen.ts'
import { macSchema, page } from './common.ts'
import { machineChangeSchema, machineQuerySchema, machineSchema } from './machines.ts'
import {
  newOpeningSchema,
  openingCriteriaSchema,
  openingPreviewSchema,
  openingQuerySchema,
  openingSchema,
} from './openings.ts'
import { settingsSchema } from './platform.ts'
import type { Route } from './route.ts'

/** Calls about machines, what they boot, and by whose word. */
export const machineRoutes = {
  showSettings: {
    method: 'GET',
    path: '/api/v1/settings',
    summary: 'Settings that operators change while Bootcast runs',
    who: 'status.read',
    reply: settingsSchema,
  },
  changeSettings: {
    method: 'PATCH',
    path: '/api/v1/settings',
    summary: 'Change settings; absent keys stay',
    who: 'settings.change',
    body: settingsSchema.partial(),
    told: ['defaultImage'],
    reply: settingsSchema,
  },
  listMachines: {
    method: 'GET',
    path: '/api/v1/machines',
    summary: 'Machines, by hardware address or by when they were heard',
    who: 'machines.read',
    query: machineQuerySchema,
    reply: page(machineSchema),
  },
  showMachine: {
    method: 'GET',
    path: '/api/v1/machines/:mac',
    summary: 'One machine',
    who: 'machines.read',
    params: z.object({ mac: macSchema }),
    reply: machineSchema,
  },
  changeMachine: {
    method: 'PATCH',
    path: '/api/v1/machines/:mac',
    summary: 'Decide what a machine boots and how; makes it known when it was never heard',
    who: 'machines.change',
    params: z.object({ mac: macSchema }),
    body: machineChangeSchema,
    told: ['image', 'overwriteDisk', 'proxyDialect', 'loader'],
    reply: machineSchema,
  },
  removeMachine: {
    method: 'DELETE',
    path: '/api/v1/machines/:mac',
    summary: 'Forget a machine; it comes back when it is heard again',
    who: 'machines.change',
    params: z.object({ mac: macSchema }),
  },
  explain: {
    method: 'GET',
    path: '/api/v1/explain',
    summary: 'What a machine would get now, and why; changes nothing',
    who: 'machines.read',
    query: explainQuerySchema,
    reply: explanationSchema,
  },
  listOpenings: {
    method: 'GET',
    path: '/api/v1/openings',
    summary: 'Images that machines boot without a sign-in, the newest first',
    who: 'machines.read',
    query: openingQuerySchema,
    reply: page(openingSchema),
  },
  previewOpening: {
    method: 'GET',
    path: '/api/v1/openings/preview',
    summary: 'Which known machines an opening would mean; changes nothing',
    who: 'machines.read',
    query: openingCriteriaSchema,
    reply: openingPreviewSchema,
  },
  addOpening: {
    method: 'POST',
    path: '/api/v1/openings',
    summary: 'Open an image to machines: they boot it without a sign-in',
    who: 'openings.change',
    body: newOpeningSchema,
    reply: openingSchema,
  },
  closeOpening: {
    method: 'POST',
    path: '/api/v1/openings/:id/close',
    summary: 'End an opening; boots that were begun go on',
    who: 'openings.change',
    params: z.object({ id: z.string().max(64) }),
    reply: openingSchema,
  },
  showCode: {
    method: 'GET',
    path: '/api/v1/boot-codes/:code',
    summary: 'The machine that shows a sign-in code',
    who: 'boots.approve',
    params: z.object({ code: bootCodeSchema }),
    reply: shownCodeSchema,
  },
  approveCode: {
    method: 'POST',
    path: '/api/v1/boot-codes/:code/approve',
    summary: 'Let the machine that shows the code go on as you',
    who: 'boots.approve',
    params: z.object({ code: bootCodeSchema }),
    body: approvalSchema,
  },
  denyCode: {
    method: 'POST',
    path: '/api/v1/boot-codes/:code/deny',
    summary: 'Send the machine that shows the code back to its menu',
    who: 'boots.approve',
    params: z.object({ code: bootCodeSchema }),
  },
} as const satisfies Record<string, Route>

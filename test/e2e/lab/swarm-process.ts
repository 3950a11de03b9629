// Plays all machines of a swarm, in a namespace: node swarm-process.ts ORDER, as JSON. Prints what became of each.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SwarmOrder } from './swarm.ts'
import { SwarmDhcp } from './swarm-dhcp.ts'
import { bootOne } from './swarm-machine.ts'

const { machines, withinMs, patienceMs } = JSON.parse(process.argv[2] ?? '') as SwarmOrder
const dhcp = await SwarmDhcp.open()
const booted = await Promise.all(
  Array.from({ length: machines }, async (_, index) => {
    await sleep((index * withinMs) / machines)
    return bootOne(index + 1, dhcp, patienceMs)
  }),
)
dhcp.close()
process.stdout.write(JSON.stringify(booted))

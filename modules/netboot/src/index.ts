export type { Lease, LeaseStore } from './dhcp/lease-store.ts'

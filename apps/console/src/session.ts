import { type Me, may, type Permission } from '@bootcast/contract'
import { createContext, useContext } from 'react'

export const SessionContext = createContext<Me | undefined>(undefined)

/** Who is signed in. */
export function useMe(): Me {
  const me = useContext(SessionContext)
  if (me === undefined) throw new Error('There is no session here')
  return me
}

/** Whether the role of who is signed in may do it: what they may not is not offered. The platform judges by itself. */
export function useMay(permission: Permission): boolean {
  return may(useMe().role, permission)
}

import type { Permission } from '@bootcast/contract'
import {
  type Icon,
  IconActivityHeartbeat,
  IconBuildingBroadcastTower,
  IconDeviceDesktop,
  IconDoorEnter,
  IconFileText,
  IconListSearch,
  IconNetwork,
  IconPackages,
  IconUsers,
} from '@tabler/icons-react'
import { navigationTexts as texts } from './texts/navigation.ts'

export type NavigationItem = {
  readonly to:
    | '/'
    | '/images'
    | '/machines'
    | '/openings'
    | '/templates'
    | '/sites'
    | '/network'
    | '/people'
    | '/audit'
  readonly label: string
  readonly icon: Icon
  /** Who does not have it does not see the item. */
  readonly needs: Permission
}

/** The pages that stand at the side, in their order. */
export const navigation: readonly NavigationItem[] = [
  { to: '/', label: texts.boots, icon: IconActivityHeartbeat, needs: 'boots.read' },
  { to: '/images', label: texts.images, icon: IconPackages, needs: 'images.read' },
  { to: '/machines', label: texts.machines, icon: IconDeviceDesktop, needs: 'machines.read' },
  { to: '/openings', label: texts.openings, icon: IconDoorEnter, needs: 'machines.read' },
  { to: '/templates', label: texts.templates, icon: IconFileText, needs: 'images.read' },
  { to: '/sites', label: texts.sites, icon: IconBuildingBroadcastTower, needs: 'sites.read' },
  { to: '/network', label: texts.network, icon: IconNetwork, needs: 'status.read' },
  { to: '/people', label: texts.people, icon: IconUsers, needs: 'users.read' },
  { to: '/audit', label: texts.audit, icon: IconListSearch, needs: 'audit.read' },
]
